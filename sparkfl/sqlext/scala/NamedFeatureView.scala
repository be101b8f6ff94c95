package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.analysis.{AnalysisContext, UnresolvedRelation}
import org.apache.spark.sql.catalyst.plans.logical.{LogicalPlan, SubqueryAlias}
import org.apache.spark.sql.catalyst.rules.Rule
import org.apache.spark.sql.catalyst.trees.TreeNodeTag
import org.apache.spark.sql.classic.SparkSession
import org.apache.spark.sql.connector.catalog.CatalogV2Implicits._

/**
 * A feature view where a query names it as it does a table. Spark has looked before: what it finds
 * a table, a view or a definition of WITH for is that, and Python is not asked.
 */
private[sparkfl] object NamedFeatureView extends Rule[LogicalPlan] {

  private val isNone = new TreeNodeTag[Boolean]("sparkfl.isNoFeatureView")

  override def apply(plan: LogicalPlan): LogicalPlan = plan.resolveOperatorsUp {
    case relation: UnresolvedRelation if isRead(relation) =>
      val session = SparkSession.active
      val name = inFull(session, relation.multipartIdentifier)
      // A name in IDENTIFIER(…) comes here before Spark has looked for it.
      if (session.catalog.tableExists(name.quoted)) relation
      else PythonSide.relation(session, name.mkString(".")) match {
        case Some(features) => SubqueryAlias(name, features.queryExecution.analyzed)
        case None =>
          relation.setTagValue(isNone, true)
          relation
      }
  }

  /** Whether rows are read of it: nothing is written to a feature view, and it is no stream. */
  private def isRead(relation: UnresolvedRelation): Boolean =
    !relation.isStreaming && relation.getTagValue(isNone).isEmpty &&
      !relation.options.containsKey(UnresolvedRelation.REQUIRED_WRITE_PRIVILEGES)

  /** In a view a name is of the schema in which the view was made. */
  private def inFull(session: SparkSession, name: Seq[String]): Seq[String] =
    if (name.size > 1) name
    else AnalysisContext.get.catalogAndNamespace match {
      case Nil =>
        // Not by the session's CatalogManager, a class in Spark 4.1 and an interface in 4.2.
        val schema = session.catalog.currentDatabase
        val parts = if (schema.isEmpty) Nil
          else session.sessionState.sqlParser.parseMultipartIdentifier(schema)
        (session.catalog.currentCatalog() +: parts) ++ name
      case schema => schema ++ name
    }
}
