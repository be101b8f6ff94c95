"""What is secret is shown nowhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sparkfl.errors import StorageError
from sparkfl.sources.failure import failure
from sparkfl.sources.kinds import KINDS
from sparkfl.sources.secrets import hidden, is_secret, secret_values, without
from sparkfl.sqlext.literals import literal_sql

SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="\0*"), min_size=4, max_size=12)
KEYS = st.sampled_from(
    ["PASSWORD", "password", "secret_key", "`fs.s3a.secret.key`", "ACCESS_KEY", "sfPassword",
     "session_token", "private_key", "`kafka.sasl.jaas.config`", "'password'"]
)  # fmt: skip


@given(KEYS, SECRETS, st.sampled_from([" = ", "=", " "]), st.sampled_from(["'", '"']))
def test_a_statement_has_stars_for_its_secrets(
    key: str, secret: str, equals: str, mark: str
) -> None:
    literal = literal_sql(secret)
    if mark == '"':
        inside = secret.replace("\\", "\\\\").replace('"', '\\"')
        literal = f'"{inside}"'
    text = f"CREATE EXTERNAL SOURCE t USING jdbc (user = 'ann', {key}{equals}{literal}, url = 'x')"
    shown = hidden(text)
    assert len(shown) == len(text)
    start = text.index(literal, text.index(key))
    assert not set(shown[start : start + len(literal)]) - set("*'\" \n\r\t\x0b\x0c\x1c\x1d\x1e\x1f"
                                                              "\x85\xa0\u1680\u2028\u2029\u202f"
                                                              "\u205f\u3000") - {
        chr(n) for n in range(0x2000, 0x200B)
    }  # fmt: skip
    assert shown[:start] == text[:start]
    assert shown[start + len(literal) :] == text[start + len(literal) :]
    assert secret_values(text)


def test_the_rest_stays_as_it_is() -> None:
    plain = (
        "CREATE EXTERNAL SOURCE pass_through (tokens STRING) USING csv (path = '/a', user = 'b')"
    )
    assert hidden(plain) == plain
    assert not [
        kind for kind in KINDS.values() for o in kind.options if is_secret(o) != (o == "password")
    ]
    unclosed = hidden("USING jdbc (password = 'geheim, url = 'x')")
    assert "geheim" not in unclosed
    assert hidden("jdbc:x://ann:geheim@h/d") == "jdbc:x://ann:******@h/d"
    assert without("FATAL: geheim", ["geheim"]) == "FATAL: ********"


@given(SECRETS)
def test_errors_have_stars(secret: str) -> None:
    error = ValueError(f"java.sql.SQLException: no login with <{secret}>")
    told = failure(error, "t", KINDS["jdbc"], {"password": secret, "user": "ann"})
    assert isinstance(told, StorageError)
    assert f"<{secret}>" not in str(told)
