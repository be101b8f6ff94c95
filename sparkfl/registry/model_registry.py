"""The registry: trainings go in, versions come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from sparkfl.columns import class_name
from sparkfl.errors import ParameterError, RegistryError
from sparkfl.registry.alteration import Alterable
from sparkfl.registry.catalog import MODEL_ID, PARENT, Catalog
from sparkfl.registry.connection import experiment_id, open_client
from sparkfl.registry.feature_views import FeatureViews
from sparkfl.registry.files import CONTENT, local_directory
from sparkfl.registry.imported import export_files, fetched_model, read_files
from sparkfl.registry.model_version import Definition, ModelVersion
from sparkfl.registry.names import check_name
from sparkfl.registry.policies import Policies
from sparkfl.registry.publication import Publishing
from sparkfl.registry.readers import named_readers, reader
from sparkfl.registry.registrable import HasRegistrable, Registrable, content_of
from sparkfl.registry.registration import Registration, Training
from sparkfl.registry.sqlite import check_writable
from sparkfl.registry.trial import Trial
from sparkfl.registry.user import user
from sparkfl.remote import ship

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

__all__ = ["IfExists", "ModelRegistry"]

IfExists = Literal["error", "new_version", "replace"]


class ModelRegistry(Alterable, Publishing, Policies, FeatureViews):
    """Models and their versions, kept in MLflow.

    A federation is one registered model, a training one version of it, which holds the global
    model and all local models. Version numbers are never used twice, not even when a version or
    the whole model has been dropped. ``models:/<name>/<version>`` and ``models:/<name>@<alias>``
    load by ``mlflow.pyfunc.load_model``.

    Parameters
    ----------
    tracking_uri : str, optional
        MLflow tracking server or database; MLflow's own setting (``MLFLOW_TRACKING_URI`` or
        ``mlflow.set_tracking_uri``) by default. MLflow's global state is read, never changed.
    experiment : str, default "sparkfl"
        Experiment of the runs; made when it is first needed. For a SQLite database its files are
        kept in ``artifacts`` beside the database, wherever the process runs; a server decides
        for itself.
    localModels : int, default 20
        Up to so many stores, each local model is also registered by itself, as
        ``<model>.<store>``; with more stores, none is.

    Raises
    ------
    ParameterError
        If `localModels` is negative.

    Examples
    --------
    >>> import tempfile
    >>> home = tempfile.mkdtemp()
    >>> registry = ModelRegistry(f"sqlite:///{home}/mlflow.db")
    >>> registry.models()
    []
    """

    def __init__(
        self, tracking_uri: str | None = None, experiment: str = "sparkfl", localModels: int = 20
    ) -> None:
        if localModels < 0:
            raise ParameterError(f"localModels is {localModels}; it must be 0 or more.")
        if tracking_uri == "" or not isinstance(tracking_uri, str | None):
            raise ParameterError(
                f"tracking_uri is {tracking_uri!r}; it must be an address such as "
                "'sqlite:///mlflow.db'."
            )
        self.experiment = experiment
        self.localModels = localModels
        self._catalog = Catalog(open_client(tracking_uri))

    @property
    def tracking_uri(self) -> str:
        """MLflow tracking server or database."""
        return str(self._catalog.client.tracking_uri)

    def register(
        self,
        name: str,
        model: Registrable | HasRegistrable,
        *,
        if_exists: IfExists = "error",
        source: str | None = None,
        options: Mapping[str, object] | None = None,
        transform: str | None = None,
        params: Mapping[str, object] | None = None,
        metrics: Mapping[str, float] | None = None,
        tables: Mapping[str, pd.DataFrame] | None = None,
        tags: Mapping[str, str] | None = None,
        created_by: str | None = None,
        digest: str | None = None,
        trials: Sequence[Trial] = (),
    ) -> ModelVersion:
        """Register a fitted model as the next version of a name.

        Killed at any point, the same call made again leaves one version and no run without one.

        Parameters
        ----------
        name : str
            Letters, digits, ``_``, ``-``, ``.`` and inner blanks, 200 at most. A model that is
            there in another case is the same model.
        model : Registrable or HasRegistrable
            The model, such as a fitted :class:`~sparkfl.FederatedClusteringModel`.
        if_exists : {'error', 'new_version', 'replace'}, default 'error'
            With 'replace' the version before is tagged ``sparkfl.replaced_by``; nothing is
            deleted.
        source : str, optional
            Training query or table.
        options : mapping, optional
            Options of the training.
        transform : str, optional
            Text of the TRANSFORM clause.
        params : mapping, optional
            Further parameters for the run, beside the options.
        metrics : mapping of str to float, optional
            Metrics of the whole.
        tables : mapping of str to pandas.DataFrame, optional
            Figures per store, kept as JSON tables: a metric a store would slow MLflow down.
        tags : mapping of str to str, optional
            Further tags for run and version, such as ``sparkfl.delta_version``.
        created_by : str, optional
            The user; the operating system's by default.
        trials : sequence of Trial, optional
            Those of the search that the model is the best of: each is a child of the run.
        digest : str, optional
            What tells this training from others, if the files the model writes differ from one
            write to the next; a hash of the files by default.

        Returns
        -------
        ModelVersion
            The new version, or the one an interrupted call of the same training had made.

        Raises
        ------
        ParameterError
            If the name or `if_exists` is not valid.
        ModelExistsError
            If the model exists and `if_exists` is 'error', or the name is taken by something
            that is not a model of its own.
        """
        check_name(name)
        if if_exists not in get_args(IfExists):
            raise ParameterError(
                f"if_exists is {if_exists!r}; choose one of {', '.join(get_args(IfExists))}."
            )
        entry = content_of(model)
        if not isinstance(entry, Registrable):
            raise ParameterError(
                f"register takes a fitted model of sparkfl, not a {class_name(model)}. Fit one."
            )
        options = options or {}
        training = Training(
            model=entry,
            definition=Definition.of(entry, source, options, transform),
            params={"model_type": entry.modelType, **options, **(params or {})},
            metrics=metrics or {},
            tables=tables or {},
            tags={**(tags or {}), "sparkfl.created_by": created_by or user()},
            digest=digest,
            trials=trials,
        )
        registration = Registration(
            self._catalog, experiment_id(self._catalog.client, self.experiment), self.localModels
        )
        return registration.register(name, training, if_exists)

    def check_writable(self) -> None:
        """Refuse a database that can only be read, before anything is trained for it.

        Raises
        ------
        RegistryError
            If it is a file that this user cannot write.
        """
        check_writable(self.tracking_uri)

    def get(self, name: str, version: int | str | None = None) -> ModelVersion:
        """Return a version of a model.

        Parameters
        ----------
        name : str
            The model; its exact name first, else in any case.
        version : int or str, optional
            A number, an alias (``'champion'`` or ``'@champion'``), or ``'latest'``, the default.

        Raises
        ------
        ModelNotFoundError
            If there is no such model or version; the message names those there are.
        """
        return self._catalog.get(name, version)

    def exists(self, name: str) -> bool:
        """Whether the name is that of a model, in any case, and in MLflow at large."""
        model = self._catalog.find(name)
        return model is not None and bool(model.latest_versions)

    def models(self) -> list[ModelVersion]:
        """Return the latest version of each model, by name; local models are not listed.

        Each stands for its model: `created` is when the model's first version was made,
        `updated` when its latest was.
        """
        return self._catalog.models()

    def versions(self, name: str) -> list[ModelVersion]:
        """Return all versions of a model, oldest first.

        Raises
        ------
        ModelNotFoundError
            If there is no such model.
        """
        return self._catalog.versions(self.get(name).name)

    def drop(self, name: str, version: int | str | None = None) -> None:
        """Drop a version of a model, or all of them, and the local models that came with it.

        Runs and their files stay, as MLflow's record of what was trained; ``mlflow gc`` is
        what removes them once their runs are deleted.

        Raises
        ------
        ModelNotFoundError
            If there is no such model or version.
        """
        newest = self.get(name, version)
        doomed = [newest] if version is not None else self._catalog.versions(newest.name)
        for dropped in doomed:
            for local in self._catalog.of_run(dropped.run_id):
                if local.tags.get(PARENT) == dropped.name:
                    self._drop(local)
            self._drop(dropped)

    def _drop(self, version: ModelVersion) -> None:
        """Drop one version; with the last one, what comes next is another model."""
        client = self._catalog.client
        try:
            client.delete_model_version(version.name, str(version.version))
        except RegistryError as error:
            # Somebody else was quicker.
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise
        if not self._catalog.versions(version.name):
            client.delete_registered_model_tag(version.name, MODEL_ID)

    def export(self, version: ModelVersion, target: Path) -> None:
        """Copy a version's files into a new directory, as a model of MLflow.

        Raises
        ------
        ParameterError
            If there is something at the target.
        """
        export_files(version, self._files(version), target)

    def register_files(self, name: str, uri: str, if_exists: IfExists = "error") -> ModelVersion:
        """Register a model of MLflow, or what `export` wrote, as the next version of a name.

        Parameters
        ----------
        name : str
            As of `register`.
        uri : str
            ``models:/…``, ``runs:/…``, or a directory.
        if_exists : {'error', 'new_version', 'replace'}, default 'error'
            As of `register`.

        Raises
        ------
        ParameterError
            If there is no model.
        RegistryError
            If it has no signature of named columns.
        """
        with fetched_model(uri, self._catalog.client) as files:
            model, definition = read_files(files, self._catalog.at(uri))
            return self.register(
                name,
                model,
                if_exists=if_exists,
                source=definition.get("source"),
                options=definition.get("options"),
                transform=definition.get("transform"),
                tags={"sparkfl.imported_from": uri},
            )

    def path(self, name: str, version: int | str | None = None) -> Path:
        """Return the local directory with the files that the model wrote; do not change them.

        Files that are not on this machine are downloaded once a user, into
        ``$XDG_CACHE_HOME/sparkfl/models``.

        Raises
        ------
        ModelNotFoundError
            If there is no such model or version, or its files are gone.
        """
        return self._files(self.get(name, version)) / CONTENT

    def load(
        self,
        name: str,
        version: int | str | None = None,
        spark: SparkSession | None = None,
        model_type: str | None = None,
    ) -> Any:
        """Load a model for Spark.

        Parameters
        ----------
        name : str
            The model.
        version : int or str, optional
            A number, an alias or ``'latest'``, the default.
        spark : pyspark.sql.SparkSession, optional
            The active session by default.
        model_type : str, optional
            The only type to accept, such as ``'federated_clustering'``.

        Returns
        -------
        object
            What was registered, for a federation a :class:`~sparkfl.FederatedClusteringModel`.

        Raises
        ------
        ModelNotFoundError
            If there is no such model or version.
        ParameterError
            If the model is of another type, or has no model for Spark.
        FormatError
            If the version was saved in a format that is not read.
        """
        from pyspark.sql import SparkSession

        found = self.get(name, version)
        if model_type not in (None, found.model_type):
            raise ParameterError(
                f"Model {found.name!r} is of type {found.model_type}, not {model_type}; "
                "use model_predict in SQL, or mlflow.pyfunc.load_model."
            )
        read, directory = self._reader(found, "reader")
        session = spark or SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
        ship(session)
        return read(directory, session)

    def load_local(self, name: str, store: object, version: int | str | None = None) -> Any:
        """Load the local model of one store of a federation, without the others; no Spark.

        Raises
        ------
        ModelNotFoundError
            If there is no such model, version, or store in it.
        ParameterError
            If the model is of another type.
        FormatError
            If the version was saved in a format that is not read.
        """
        read, directory = self._reader(self.get(name, version), "local_reader")
        return read(directory, store)

    def _files(self, version: ModelVersion) -> Path:
        """Return the local directory of a version's files."""
        client = self._catalog.client
        source = client.get_model_version_download_uri(version.name, str(version.version))
        return local_directory(source, version.run_id, self.tracking_uri)

    def _reader(self, version: ModelVersion, kind: str) -> tuple[Callable[..., Any], Path]:
        """Return the function that reads a version, and the directory that it reads."""
        files = self._files(version)
        what = f"Version {version.version} of model {version.name!r}, {version.model_type},"
        return reader(named_readers(files), kind, what), files / CONTENT
