package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.expressions.{ExpectsInputTypes, Expression}
import org.apache.spark.sql.catalyst.expressions.codegen.{Block, CodegenContext, EmptyBlock, ExprCode}
import org.apache.spark.sql.catalyst.expressions.codegen.Block._
import org.apache.spark.sql.errors.QueryCompilationErrors
import org.apache.spark.sql.types.{AbstractDataType, DataType, DoubleType}

/**
 * One feature scaled: the feature, mean and factor, and if the scaling is robust then mean and
 * factor of asinh; NULL if it is not finite. A number and not an array, so that Spark computes it
 * once for all functions that read it.
 */
private[sparkfl] case class ScaledNumber(children: Seq[Expression])
  extends Expression with ExpectsInputTypes {

  override def prettyName: String = ScaledNumber.name

  override def dataType: DataType = DoubleType

  override def nullable: Boolean = true

  override def inputTypes: Seq[AbstractDataType] = Seq.fill(children.size)(DoubleType)

  override def eval(input: InternalRow): Any = children.map(_.eval(input)) match {
    case values if values.contains(null) => null
    case values =>
      val (x, scaling) = (values.head.asInstanceOf[Double], values.tail.map(_.asInstanceOf[Double]))
      if (math.abs(x) <= Double.MaxValue) {
        val z = (x - scaling(0)) * scaling(1)
        if (scaling.size == 2) z else (RowMath.asinh(z) - scaling(2)) * scaling(3)
      } else null
  }

  override protected def doGenCode(ctx: CodegenContext, ev: ExprCode): ExprCode = {
    val codes = children.map(_.genCode(ctx))
    val (x, scaling) = (codes.head.value, codes.tail.map(_.value.toString))
    val z = s"($x - ${scaling(0)}) * ${scaling(1)}"
    val scaled = if (scaling.size == 2) z
      else s"(org.apache.spark.sql.sparkfl.RowMath.asinh($z) - ${scaling(2)}) * ${scaling(3)}"
    val missing = codes.map(_.isNull.toString) :+ s"!(java.lang.Math.abs($x) <= Double.MAX_VALUE)"
    ev.copy(code = code"""
      ${codes.map(_.code).foldLeft(EmptyBlock: Block)(_ + _)}
      boolean ${ev.isNull} = ${missing.mkString(" || ")};
      double ${ev.value} = ${ev.isNull} ? 0.0D : $scaled;""")
  }

  override protected def withNewChildrenInternal(
      newChildren: IndexedSeq[Expression]): ScaledNumber = copy(newChildren)
}

private[sparkfl] object ScaledNumber {

  val name = "sparkfl_scale"

  val injection: RowFunction.Injection = (
    new FunctionIdentifier(name),
    RowFunction.info(name, "x, mean, factor[, mean, factor]", "a feature scaled"),
    {
      case arguments if Seq(3, 5).contains(arguments.size) => ScaledNumber(arguments)
      case others => throw QueryCompilationErrors.wrongNumArgsError(name, Seq(3, 5), others.size)
    })
}
