package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.expressions.{BinaryExpression, CreateArray}
import org.apache.spark.sql.catalyst.expressions.{ExpectsInputTypes, Expression, ExpressionInfo}
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData
import org.apache.spark.sql.catalyst.expressions.codegen.{Block, CodeGenerator, CodegenContext}
import org.apache.spark.sql.catalyst.expressions.codegen.{EmptyBlock, ExprCode}
import org.apache.spark.sql.catalyst.expressions.codegen.Block._
import org.apache.spark.sql.catalyst.util.ArrayData
import org.apache.spark.sql.errors.QueryCompilationErrors
import org.apache.spark.sql.types.{AbstractDataType, ArrayType, DataType, DoubleType, IntegerType}

/**
 * A function of `RowMath` over two arrays: numbers that are mostly the same for all rows, and those
 * of a row. NULL if one of them is, or has a NULL in it, or the function finds nothing.
 */
private[sparkfl] case class RowFunction(
    name: String, method: String, dataType: DataType, left: Expression, right: Expression)
  extends BinaryExpression with ExpectsInputTypes {

  override def prettyName: String = name

  override def nullable: Boolean = true

  override def inputTypes: Seq[AbstractDataType] = Seq.fill(2)(ArrayType(DoubleType))

  override def eval(input: InternalRow): Any = {
    val values = children.map(_.eval(input).asInstanceOf[ArrayData])
    if (values.contains(null) || hasNull(values.last)) null
    else RowMath(method, values.head.toDoubleArray(), values.last.toDoubleArray()) match {
      case row: Array[Double] => UnsafeArrayData.fromPrimitiveArray(row)
      case other => other
    }
  }

  private def hasNull(array: ArrayData): Boolean =
    (0 until array.numElements()).exists(array.isNullAt)

  override protected def doGenCode(ctx: CodegenContext, ev: ExprCode): ExprCode = {
    val (numbers, unpacked) = numbersOf(ctx)
    val elements = right match {
      case CreateArray(own, _) if own.size <= RowFunction.registers => own
      case _ => Seq(right)
    }
    val passed = elements.map(_.genCode(ctx))
    val codes = unpacked.toSeq ++ passed
    val row = if (elements == Seq(right)) s"${passed.head.value}.toDoubleArray()"
      else passed.map(_.value).mkString("new double[] {", ", ", "}")
    ev.copy(code = code"""
      ${codes.map(_.code).foldLeft(EmptyBlock: Block)(_ + _)}
      boolean ${ev.isNull} = ${codes.map(_.isNull.toString).mkString(" || ")};
      ${CodeGenerator.javaType(dataType)} ${ev.value} = ${CodeGenerator.defaultValue(dataType)};
      ${if (elements == Seq(right)) nulls(ctx, passed.head, ev) else ""}
      if (!${ev.isNull}) {
        ${called(ctx, numbers, row, ev)}
      }""")
  }

  /** The numbers in Java; the same for all rows, they are unpacked once. */
  private def numbersOf(ctx: CodegenContext): (String, Option[ExprCode]) =
    if (left.foldable && left.eval() != null) {
      val numbers = left.eval().asInstanceOf[ArrayData].toDoubleArray()
      (ctx.addReferenceObj("numbers", numbers, "double[]"), None)
    } else {
      val code = left.genCode(ctx)
      (s"${code.value}.toDoubleArray()", Some(code))
    }

  private def nulls(ctx: CodegenContext, row: ExprCode, ev: ExprCode): String =
    if (right.dataType.asInstanceOf[ArrayType].containsNull) {
      val i = ctx.freshName("i")
      s"""for (int $i = 0; !${ev.isNull} && $i < ${row.value}.numElements(); $i++) {
         |  ${ev.isNull} = ${row.value}.isNullAt($i);
         |}""".stripMargin
    } else ""

  private def called(ctx: CodegenContext, numbers: String, row: String, ev: ExprCode): String = {
    val call = s"org.apache.spark.sql.sparkfl.RowMath.$method($numbers, $row)"
    if (dataType.isInstanceOf[ArrayType]) {
      val values = ctx.freshName("values")
      s"""double[] $values = $call;
         |${ev.isNull} = $values == null;
         |if (!${ev.isNull}) {
         |  ${ev.value} = ${classOf[UnsafeArrayData].getName}.fromPrimitiveArray($values);
         |}""".stripMargin
    } else s"${ev.value} = $call;"
  }

  override protected def withNewChildrenInternal(
      newLeft: Expression, newRight: Expression): RowFunction =
    copy(left = newLeft, right = newRight)
}

private[sparkfl] object RowFunction {

  /** Features up to which generated code gathers a row from its columns. */
  private val registers = 32

  type Injection = (FunctionIdentifier, ExpressionInfo, Seq[Expression] => Expression)

  val all: Seq[Injection] = Seq(
    injection("sparkfl_scaled", "scaled", ArrayType(DoubleType, false), "the row scaled"),
    injection("sparkfl_nearest", "nearest", IntegerType, "the number of the nearest centre"),
    injection("sparkfl_score", "score", DoubleType, "how anomalous the row is"),
    injection("sparkfl_reason", "reason", IntegerType, "the feature that makes it so"))

  private def injection(
      name: String, method: String, dataType: DataType, purpose: String): Injection = (
    new FunctionIdentifier(name),
    info(name, "numbers, row", purpose),
    {
      case Seq(numbers, row) => RowFunction(name, method, dataType, numbers, row)
      case others => throw QueryCompilationErrors.wrongNumArgsError(name, Seq(2), others.size)
    })

  def info(name: String, arguments: String, purpose: String): ExpressionInfo =
    new ExpressionInfo(
      getClass.getName, null, name,
      s"_FUNC_($arguments) - Returns $purpose; for sparkfl's own plans.",
      "", "", "", "", "", "", "built-in")
}
