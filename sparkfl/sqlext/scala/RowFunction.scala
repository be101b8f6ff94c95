package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.expressions.{ExpectsInputTypes, Expression, ExpressionInfo}
import org.apache.spark.sql.catalyst.expressions.codegen.{Block, CodeGenerator, CodegenContext}
import org.apache.spark.sql.catalyst.expressions.codegen.{EmptyBlock, ExprCode}
import org.apache.spark.sql.catalyst.expressions.codegen.Block._
import org.apache.spark.sql.catalyst.util.ArrayData
import org.apache.spark.sql.types.{AbstractDataType, ArrayType, DataType, DoubleType, IntegerType}

/**
 * A function of `RowMath` over parameters, an array that is mostly the same for all rows, and the
 * numbers of a row. NULL if any of them is, or is not finite.
 */
private[sparkfl] case class RowFunction(
    name: String, method: String, dataType: DataType, children: Seq[Expression])
  extends Expression with ExpectsInputTypes {

  private def parameters: Expression = children.head

  override def prettyName: String = name

  override def nullable: Boolean = true

  override def inputTypes: Seq[AbstractDataType] =
    ArrayType(DoubleType) +: Seq.fill(children.size - 1)(DoubleType)

  override def eval(input: InternalRow): Any = {
    val values = children.map(_.eval(input))
    if (values.contains(null)) null
    else {
      val row = values.tail.map(_.asInstanceOf[Double]).toArray
      val numbers = values.head.asInstanceOf[ArrayData].toDoubleArray()
      if (row.forall(RowMath.isFinite)) RowMath(method, numbers, row) else null
    }
  }

  override protected def doGenCode(ctx: CodegenContext, ev: ExprCode): ExprCode = {
    val row = children.tail.map(_.genCode(ctx))
    // The same for all rows, they are unpacked once.
    val passed = if (parameters.foldable && parameters.eval() != null) None
      else Some(parameters.genCode(ctx))
    val numbers = passed.fold(ctx.addReferenceObj(
      "parameters", parameters.eval().asInstanceOf[ArrayData].toDoubleArray(), "double[]")
    )(code => s"${code.value}.toDoubleArray()")
    val all = passed.toSeq ++ row
    val missing = all.map(_.isNull.toString) ++ row.map(x => s"!$math.isFinite(${x.value})")
    val compute = if (method == "nearest") nearest(ctx, numbers, row, ev)
      else called(ctx, numbers, row, ev)
    ev.copy(code = code"""
      ${all.map(_.code).foldLeft(EmptyBlock: Block)(_ + _)}
      boolean ${ev.isNull} = ${missing.mkString(" || ")};
      ${CodeGenerator.javaType(dataType)} ${ev.value} = 0;
      if (!${ev.isNull}) {
        $compute
      }""")
  }

  private def math: String = "org.apache.spark.sql.sparkfl.RowMath"

  private def called(
      ctx: CodegenContext, numbers: String, row: Seq[ExprCode], ev: ExprCode): String = {
    val array = ctx.addMutableState(
      "double[]", "row", name => s"$name = new double[${row.size}];", forceInline = true)
    val fill = row.zipWithIndex.map { case (x, i) => s"$array[$i] = ${x.value};" }
    (fill :+ s"${ev.value} = $math.$method($numbers, $array);").mkString("\n")
  }

  /** `RowMath.nearest` with the row in registers. */
  private def nearest(
      ctx: CodegenContext, numbers: String, row: Seq[ExprCode], ev: ExprCode): String = {
    val d = row.size
    val (p, best, score) = (ctx.freshName("p"), ctx.freshName("best"), ctx.freshName("score"))
    val (at, j) = (ctx.freshName("at"), ctx.freshName("j"))
    val away = row.map(_ => ctx.freshName("away"))
    val differences = away.zip(row).zipWithIndex.map { case ((a, x), i) =>
      s"double $a = ${x.value} - $p[$i];"
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

  override protected def withNewChildrenInternal(children: IndexedSeq[Expression]): RowFunction =
    copy(children = children)
}

private[sparkfl] object RowFunction {

  type Injection = (FunctionIdentifier, ExpressionInfo, Seq[Expression] => Expression)

  val all: Seq[Injection] = Seq(
    injection("sparkfl_nearest", "nearest", IntegerType, "the number of the nearest centre"),
    injection("sparkfl_score", "score", DoubleType, "how anomalous the row is"),
    injection("sparkfl_reason", "reason", IntegerType, "the feature that makes it so"))

  private def injection(
      name: String, method: String, dataType: DataType, purpose: String): Injection = (
    new FunctionIdentifier(name),
    new ExpressionInfo(
      getClass.getName, null, name,
      s"_FUNC_(parameters, feature, ...) - Returns $purpose; for sparkfl's own plans.",
      "", "", "", "", "", "", "built-in"),
    RowFunction(name, method, dataType, _))
}
