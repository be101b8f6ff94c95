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
    val (given, unpacked) = numbersOf(ctx)
    val numbers = if (unpacked.isEmpty) given else s"$given.toDoubleArray()"
    val passed = children.tail.map(_.genCode(ctx))
    val codes = unpacked.toSeq ++ passed
    val row = passed.map(_.value.toString)
    val compute = if (packed) called(ctx, s"$numbers, ${row.head}.toDoubleArray()", ev)
      else if (method == "nearest") nearest(ctx, given, unpacked.isEmpty, row, ev)
      else if (method == "anomaly" && row.size <= RowMath.Factors) anomaly(ctx, numbers, row, ev)
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

  /** The numbers in Java: an array if they are the same for all rows, otherwise Spark's own. */
  private def numbersOf(ctx: CodegenContext): (String, Option[ExprCode]) =
    if (left.foldable && left.eval() != null) {
      val numbers = left.eval().asInstanceOf[ArrayData].toDoubleArray()
      (ctx.addReferenceObj("numbers", numbers, "double[]"), None)
    } else {
      val code = left.genCode(ctx)
      (code.value.toString, Some(code))
    }

  private def nulls(ctx: CodegenContext, row: ExprCode, ev: ExprCode): String =
    if (children.last.dataType.asInstanceOf[ArrayType].containsNull) {
      val i = ctx.freshName("i")
      s"""for (int $i = 0; !${ev.isNull} && $i < ${row.value}.numElements(); $i++) {
         |  ${ev.isNull} = ${row.value}.isNullAt($i);
         |}""".stripMargin
    } else ""

  private def called(ctx: CodegenContext, arguments: String, ev: ExprCode): String = {
    val call = s"org.apache.spark.sql.sparkfl.RowMath.$method($arguments)"
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
      ctx: CodegenContext,
      numbers: String,
      row: Seq[String],
      ev: ExprCode,
      large: Option[String] = None): String = {
    val array = ctx.addMutableState(
      "double[]", "row", name => s"$name = new double[${row.size}];", forceInline = true)
    val fill = row.zipWithIndex.map { case (x, i) => s"$array[$i] = $x;" }
    (fill :+ called(ctx, (Seq(numbers, array) ++ large).mkString(", "), ev)).mkString("\n")
  }

  /** `RowMath.anomaly` of a row in registers, which finds the nearest large cluster itself. */
  private def anomaly(
      ctx: CodegenContext, numbers: String, row: Seq[String], ev: ExprCode): String = {
    val step = 2 * row.size
    val (p, large, least) = (ctx.freshName("p"), ctx.freshName("large"), ctx.freshName("least"))
    val (at, product) = (ctx.freshName("at"), ctx.freshName("product"))
    val factors = row.map(_ => ctx.freshName("factor"))
    val cap = RowMath.FactorCap
    val lines = factors.zip(row).zipWithIndex.map { case ((f, x), i) =>
      val precision = s"$p[$at + ${row.size + i}]"
      s"""double $f = 1.0D;
         |if ($precision != 0) {
         |  $f += ($x - $p[$at + $i]) * ($x - $p[$at + $i]) * $precision;
         |  $f = $f < ${cap}D ? $f : ${cap}D;
         |}""".stripMargin
    }
    s"""double[] $p = $numbers;
       |int $large = $step;
       |double $least = Double.POSITIVE_INFINITY;
       |for (int $at = $step; $at < $p.length; $at += $step) {
       |  ${lines.mkString("\n")}
       |  double $product = ${factors.mkString(" * ")};
       |  if ($product < $least) {
       |    $least = $product;
       |    $large = $at;
       |  }
       |}
       |${gathered(ctx, p, row, ev, Some(large))}""".stripMargin
  }

  /** `RowMath.nearest` of a row in registers; numbers of its own are read where they are. */
  private def nearest(
      ctx: CodegenContext,
      numbers: String,
      constant: Boolean,
      row: Seq[String],
      ev: ExprCode): String = {
    val d = row.size
    val (p, best, score) = (ctx.freshName("p"), ctx.freshName("best"), ctx.freshName("score"))
    val (at, j) = (ctx.freshName("at"), ctx.freshName("j"))
    def number(place: String): String = if (constant) s"$p[$place]" else s"$p.getDouble($place)"
    val size = if (constant) s"$p.length" else s"$p.numElements()"
    val away = row.map(_ => ctx.freshName("away"))
    val differences = away.zip(row).zipWithIndex.map { case ((a, x), i) =>
      s"double $a = $x - ${number(i.toString)};"
    }
    val terms = away.zipWithIndex.map { case (a, i) => s"$a * ${number(s"$at + $i")}" }
    s"""${if (constant) "double[]" else classOf[ArrayData].getName} $p = $numbers;
       |${differences.mkString("\n")}
       |double $best = 0.0D;
       |for (int $at = $d, $j = 1; $at < $size; $at += ${d + 1}, $j++) {
       |  double $score = ${terms.mkString(" + ")} - ${number(s"$at + $d")};
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
    injection("sparkfl_anomaly", "anomaly", ArrayType(DoubleType, false),
      "how anomalous the row is, and the number of the reason"),
    injection("sparkfl_severity", "severity", DoubleType, "the percentile of the score"),
    injection("sparkfl_weighted", "weighted", DoubleType, "a weighted sum"),
    injection("sparkfl_strongest", "strongest", IntegerType, "the place of the greatest sum"),
    injection("sparkfl_likeliest", "likeliest", IntegerType, "the likeliest distribution"),
    injection("sparkfl_forest", "forest", DoubleType, "what trees say"))

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
