package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult
import org.apache.spark.sql.catalyst.expressions.{BinaryExpression, Expression}
import org.apache.spark.sql.catalyst.expressions.codegen.{CodegenContext, ExprCode}
import org.apache.spark.sql.catalyst.expressions.codegen.Block._
import org.apache.spark.sql.catalyst.util.ArrayData
import org.apache.spark.sql.errors.QueryCompilationErrors
import org.apache.spark.sql.types.{ArrayType, DataType, LongType, StringType, StructType}

/**
 * The element of an array of structs whose first field is the key; NULL if there is none. The array
 * is the same for all rows: a task hashes it at its first.
 */
private[sparkfl] case class StoreRow(left: Expression, right: Expression)
  extends BinaryExpression {

  @transient @volatile private var index: StoreIndex = _

  override def prettyName: String = StoreRow.name

  override def dataType: DataType = left.dataType.asInstanceOf[ArrayType].elementType

  override def nullable: Boolean = true

  private def fields: StructType = dataType.asInstanceOf[StructType]

  override def checkInputDataTypes(): TypeCheckResult = (left.dataType, right.dataType) match {
    case (ArrayType(StructType(Array(first, _*)), _), LongType | _: StringType)
        if first.dataType == right.dataType => TypeCheckResult.TypeCheckSuccess
    case (table, key) => TypeCheckResult.TypeCheckFailure(
      s"$prettyName takes an array of structs and a key of the type of their first field, not " +
        s"${table.simpleString} and ${key.simpleString}")
  }

  override def eval(input: InternalRow): Any = {
    if (index == null) index = new StoreIndex(left.eval(input).asInstanceOf[ArrayData], fields)
    right.eval(input) match {
      case null => null
      case number: Long => index.get(number)
      case text => index.get(text)
    }
  }

  override protected def doGenCode(ctx: CodegenContext, ev: ExprCode): ExprCode = {
    val (table, key) = (left.genCode(ctx), right.genCode(ctx))
    val name = classOf[StoreIndex].getName
    val index = ctx.addMutableState(name, "stores")
    val schema = ctx.addReferenceObj("fields", fields, classOf[StructType].getName)
    val row = classOf[InternalRow].getName
    ev.copy(code = code"""
      if ($index == null) {
        ${table.code}
        $index = new $name(${table.isNull} ? null : ${table.value}, $schema);
      }
      ${key.code}
      $row ${ev.value} = ${key.isNull} ? null : $index.get(${key.value});
      boolean ${ev.isNull} = ${ev.value} == null;""")
  }

  override protected def withNewChildrenInternal(
      newLeft: Expression, newRight: Expression): StoreRow = StoreRow(newLeft, newRight)
}

private[sparkfl] object StoreRow {

  val name = "sparkfl_store"

  val injection: RowFunction.Injection = (
    new FunctionIdentifier(name),
    RowFunction.info(name, "stores, key", "the store of a key"),
    {
      case Seq(stores, key) => StoreRow(stores, key)
      case others => throw QueryCompilationErrors.wrongNumArgsError(name, Seq(2), others.size)
    })
}
