package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.expressions.{ExpectsInputTypes, Expression, ExpressionInfo}
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData
import org.apache.spark.sql.catalyst.expressions.codegen.{Block, CodeGenerator, CodegenContext}
import org.apache.spark.sql.catalyst.expressions.codegen.{EmptyBlock, ExprCode}
import org.apache.spark.sql.catalyst.expressions.codegen.Block._
import org.apache.spark.sql.catalyst.util.ArrayData
import org.apache.spark.sql.errors.QueryCompilationErrors
import org.apache.spark.sql.types.{AbstractDataType, ArrayType, DataType, DoubleType, IntegerType}

/**
 * A function of `RowMath` of numbers that are mostly the same for all rows, an array, and of those of
 * a row: an array, or one by one, so that Spark computes each once for all functions that read it.
 * NULL if one of them is, or has a NULL in it, or the function finds nothing.
 */
private[sparkfl] case class RowFunction(
    name: String, method: String, dataType: DataType, children: Seq[Expression])
  extends Expression with ExpectsInputTypes {

  private def left: Expression = children.head

  private def packed: Boolean = children.size == 2 && children.last.dataType.isInstanceOf[ArrayType]

  override def prettyName: String = name

  override def nullable: Boolean = true

  override def inputTypes: Seq[AbstractDataType] = {
    val array = ArrayType(DoubleType)
    array +: (if (packed) Seq(array) else Seq.fill(children.size - 1)(DoubleType))
  }

  override def eval(input: InternalRow): Any = {
    val values = children.map(_.eval(input))
    if (values.contains(null) || (packed && hasNull(values.last.asInstanceOf[ArrayData]))) null
    else {
      val row = if (packed) values.last.asInstanceOf[ArrayData].toDoubleArray()
        else values.tail.map(_.asInstanceOf[Double]).toArray
      RowMath(method, values.head.asInstanceOf[ArrayData].toDoubleArray(), row) match {
        case scaled: Array[Double] => UnsafeArrayData.fromPrimitiveArray(scaled)
        case other => other
      }
    }
  }

  private def hasNull(array: ArrayData): Boolean =
    (0 until array.numElements()).exists(array.isNullAt)

  override protected def doGenCode(ctx: CodegenContext, ev: ExprCode): ExprCode = {
    val (numbers, unpacked) = numbersOf(ctx)
    val passed = children.tail.map(_.genCode(ctx))
    val codes = unpacked.toSeq ++ passed
    val row = passed.map(_.value.toString)
    val compute = if (packed) called(ctx, numbers, s"${row.head}.toDoubleArray()", ev)
      else if (method == "nearest") nearest(ctx, numbers, row, ev)
      else gathered(ctx, numbers, row, ev)
    // The first centre is the nearest until another is.
    val initial = if (dataType.isInstanceOf[ArrayType]) "null" else "0"
    ev.copy(code = code"""
      ${codes.map(_.code).foldLeft(EmptyBlock: Block)(_ + _)}
      boolean ${ev.isNull} = ${codes.map(_.isNull.toString).mkString(" || ")};
      ${CodeGenerator.javaType(dataType)} ${ev.value} = $initial;
      ${if (packed) nulls(ctx, passed.head, ev) else ""}
      if (!${ev.isNull}) {
        $compute
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
    if (children.last.dataType.asInstanceOf[ArrayType].containsNull) {
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

  /** Of a row in registers, by way of an array that all rows share. */
  private def gathered(
      ctx: CodegenContext, numbers: String, row: Seq[String], ev: ExprCode): String = {
    val array = ctx.addMutableState(
      "double[]", "row", name => s"$name = new double[${row.size}];", forceInline = true)
    val fill = row.zipWithIndex.map { case (x, i) => s"$array[$i] = $x;" }
    (fill :+ called(ctx, numbers, array, ev)).mkString("\n")
  }

  /** `RowMath.nearest` of a row in registers. */
  private def nearest(
      ctx: CodegenContext, numbers: String, row: Seq[String], ev: ExprCode): String = {
    val d = row.size
    val (p, best, score) = (ctx.freshName("p"), ctx.freshName("best"), ctx.freshName("score"))
    val (at, j) = (ctx.freshName("at"), ctx.freshName("j"))
    val away = row.map(_ => ctx.freshName("away"))
    val differences = away.zip(row).zipWithIndex.map { case ((a, x), i) =>
      s"double $a = $x - $p[$i];"
    }
    val terms = away.zipWithIndex.map { case (a, i) => s"$a * $p[$at + $i]" }
    s"""double[] $p = $numbers;
       |${differences.mkString("\n")}
       |double $best = 0.0D;
       |for (int $at = $d, $j = 1; $at < $p.length; $at += ${d + 1}, $j++) {
       |  double $score = ${terms.mkString(" + ")} - $p[$at + $d];
       |  if ($score > $best) {
       |    $best = $score;
       |    ${ev.value} = $j;
       |  }
       |}""".stripMargin
  }

  override protected def withNewChildrenInternal(
      newChildren: IndexedSeq[Expression]): RowFunction = copy(children = newChildren)
}

private[sparkfl] object RowFunction {

  type Injection = (FunctionIdentifier, ExpressionInfo, Seq[Expression] => Expression)

  val all: Seq[Injection] = Seq(
    injection("sparkfl_scaled", "scaled", ArrayType(DoubleType, false), "the row scaled"),
    injection("sparkfl_nearest", "nearest", IntegerType, "the number of the nearest centre"),
    injection("sparkfl_score", "score", DoubleType, "how anomalous the row is"),
    injection("sparkfl_reason", "reason", IntegerType, "the feature that makes it so"),
    injection("sparkfl_severity", "severity", DoubleType, "the percentile of the score"))

  private def injection(
      name: String, method: String, dataType: DataType, purpose: String): Injection = (
    new FunctionIdentifier(name),
    info(name, "numbers, row", purpose),
    {
      case few if few.size < 2 =>
        throw QueryCompilationErrors.wrongNumArgsError(name, Seq("2 or more"), few.size)
      case children => RowFunction(name, method, dataType, children)
    })

  def info(name: String, arguments: String, purpose: String): ExpressionInfo =
    new ExpressionInfo(
      getClass.getName, null, name,
      s"_FUNC_($arguments) - Returns $purpose; for sparkfl's own plans.",
      "", "", "", "", "", "", "built-in")
}
