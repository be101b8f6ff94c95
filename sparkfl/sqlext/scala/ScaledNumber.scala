package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.expressions.{ExpectsInputTypes, Expression}
import org.apache.spark.sql.catalyst.expressions.codegen.{Block, CodegenContext, EmptyBlock, ExprCode}
import org.apache.spark.sql.catalyst.expressions.codegen.Block._
import org.apache.spark.sql.catalyst.util.ArrayData
import org.apache.spark.sql.errors.QueryCompilationErrors
import org.apache.spark.sql.types.{AbstractDataType, ArrayType, DataType, DoubleType}

/**
 * One feature scaled: the feature, mean and factor, and if the scaling is robust then mean and
 * factor of asinh, and if there are normal scores then an array of knots and the scores at them;
 * NULL if it is not finite. A number and not an array, so that Spark computes it once for all
 * functions that read it.
 */
private[sparkfl] case class ScaledNumber(children: Seq[Expression])
  extends Expression with ExpectsInputTypes {

  private val Robust = 5

  override def prettyName: String = ScaledNumber.name

  override def dataType: DataType = DoubleType

  override def nullable: Boolean = true

  override def inputTypes: Seq[AbstractDataType] =
    Seq.fill(children.size.min(Robust))(DoubleType) ++ scores.map(_ => ArrayType(DoubleType))

  private def scores: Option[Expression] = children.lift(Robust)

  override def eval(input: InternalRow): Any = children.map(_.eval(input)) match {
    case values if values.contains(null) => null
    case values =>
      val numbers = values.take(Robust).map(_.asInstanceOf[Double])
      if (math.abs(numbers.head) <= Double.MaxValue) {
        val z = (numbers(0) - numbers(1)) * numbers(2)
        val scaled = if (numbers.size < Robust) z else (RowMath.asinh(z) - numbers(3)) * numbers(4)
        values.lift(Robust).fold(scaled)(scored => ScaledNumber.normalScore(
          scaled, scored.asInstanceOf[ArrayData].toDoubleArray()))
      } else null
  }

  override protected def doGenCode(ctx: CodegenContext, ev: ExprCode): ExprCode = {
    val codes = children.take(Robust).map(_.genCode(ctx))
    val (x, scaling) = (codes.head.value, codes.tail.map(_.value.toString))
    val z = s"($x - ${scaling(0)}) * ${scaling(1)}"
    val scaled = if (codes.size < Robust) z
      else s"(org.apache.spark.sql.sparkfl.RowMath.asinh($z) - ${scaling(2)}) * ${scaling(3)}"
    val scored = scores.fold(scaled) { array =>
      // Foldable, as ours always is: of all rows.
      val numbers = array.eval().asInstanceOf[ArrayData].toDoubleArray()
      val all = ctx.addReferenceObj("scores", numbers, "double[]")
      s"org.apache.spark.sql.sparkfl.ScaledNumber.normalScore($scaled, $all)"
    }
    val missing = codes.map(_.isNull.toString) :+ s"!(java.lang.Math.abs($x) <= Double.MAX_VALUE)"
    ev.copy(code = code"""
      ${codes.map(_.code).foldLeft(EmptyBlock: Block)(_ + _)}
      boolean ${ev.isNull} = ${missing.mkString(" || ")};
      double ${ev.value} = ${ev.isNull} ? 0.0D : $scored;""")
  }

  override protected def withNewChildrenInternal(
      newChildren: IndexedSeq[Expression]): ScaledNumber = copy(newChildren)
}

private[sparkfl] object ScaledNumber {

  val name = "sparkfl_scale"

  private val Sizes = Seq(3, 5, 6)

  val injection: RowFunction.Injection = (
    new FunctionIdentifier(name),
    RowFunction.info(name, "x, mean, factor[, mean, factor[, scores]]", "a feature scaled"),
    {
      case arguments if Sizes.contains(arguments.size) => ScaledNumber(arguments)
      case others => throw QueryCompilationErrors.wrongNumArgsError(name, Sizes, others.size)
    })

  /** By half of the numbers as knots, the other half as the scores at them. */
  def normalScore(x: Double, numbers: Array[Double]): Double =
    RowMath.normalScore(x, numbers, 0, numbers.length / 2, numbers.length / 2)
}
