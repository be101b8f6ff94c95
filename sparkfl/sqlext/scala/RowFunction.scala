package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.expressions.{CreateArray, ExpectsInputTypes, Expression}
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo
import org.apache.spark.sql.catalyst.expressions.codegen.{Block, CodeGenerator, CodegenContext}
import org.apache.spark.sql.catalyst.expressions.codegen.{EmptyBlock, ExprCode}
import org.apache.spark.sql.catalyst.expressions.codegen.Block._
import org.apache.spark.sql.catalyst.util.ArrayData
import org.apache.spark.sql.types.{AbstractDataType, ArrayType, DataType, DoubleType, IntegerType}

/**
 * A function of `RowMath` over three arrays: parameters, the scaling, and the features of a row,
 * of which the first two are mostly the same for all rows. NULL if one of them or of the features
 * is, or a feature is not finite.
 */
private[sparkfl] case class RowFunction(
    name: String, method: String, dataType: DataType, children: Seq[Expression])
  extends Expression with ExpectsInputTypes {

  override def prettyName: String = name

  override def nullable: Boolean = true

  override def inputTypes: Seq[AbstractDataType] = Seq.fill(3)(ArrayType(DoubleType))

  override def eval(input: InternalRow): Any = {
    val values = children.map(_.eval(input))
    if (values.contains(null) || hasNull(values.last.asInstanceOf[ArrayData])) null
    else {
      val arrays = values.map(_.asInstanceOf[ArrayData].toDoubleArray())
      val row = new Array[Double](arrays(1).length / 2)
      if (RowMath.scale(arrays(1), arrays(2), row)) RowMath(method, arrays.head, row) else null
    }
  }

  private def hasNull(array: ArrayData): Boolean =
    (0 until array.numElements()).exists(array.isNullAt)

  override protected def doGenCode(ctx: CodegenContext, ev: ExprCode): ExprCode = {
    val features = children.last
    val numbers = children.init.map(unpacked(ctx, _))
    val row = features match {
      case CreateArray(elements, _) if elements.size <= RowFunction.registers => elements
      case _ => Nil
    }
    val passed = (if (row.isEmpty) Seq(features) else row).map(_.genCode(ctx))
    val codes = numbers.flatMap(_._2) ++ passed
    val missing = codes.map(_.isNull.toString)
    val compute = if (row.isEmpty) ofArray(ctx, numbers.map(_._1), passed.head, ev)
      else ofNumbers(ctx, numbers.map(_._1), passed, ev)
    ev.copy(code = code"""
      ${codes.map(_.code).foldLeft(EmptyBlock: Block)(_ + _)}
      boolean ${ev.isNull} = ${missing.mkString(" || ")};
      ${CodeGenerator.javaType(dataType)} ${ev.value} = 0;
      if (!${ev.isNull}) {
        $compute
      }""")
  }

  /** An array of doubles in Java; the same for all rows, it is unpacked once. */
  private def unpacked(ctx: CodegenContext, array: Expression): (String, Option[ExprCode]) =
    if (array.foldable && array.eval() != null) {
      val numbers = array.eval().asInstanceOf[ArrayData].toDoubleArray()
      (ctx.addReferenceObj("numbers", numbers, "double[]"), None)
    } else {
      val code = array.genCode(ctx)
      (s"${code.value}.toDoubleArray()", Some(code))
    }

  private def math: String = "org.apache.spark.sql.sparkfl.RowMath"

  /** Of a row in registers. */
  private def ofNumbers(
      ctx: CodegenContext, numbers: Seq[String], row: Seq[ExprCode], ev: ExprCode): String = {
    val d = row.size
    val scaling = ctx.freshName("scaling")
    val scaled = row.map(_ => ctx.freshName("scaled"))
    val finite = row.map(x => s"java.lang.Math.abs(${x.value}) <= Double.MAX_VALUE")
    val values = scaled.zip(row).zipWithIndex.map { case ((z, x), i) =>
      s"double $z = (${x.value} - $scaling[$i]) * $scaling[${d + i}];"
    }
    val compute = if (method == "nearest") nearest(ctx, numbers.head, scaled, ev)
      else called(ctx, numbers.head, scaled, ev)
    s"""${ev.isNull} = !(${finite.mkString(" && ")});
       |if (!${ev.isNull}) {
       |  double[] $scaling = ${numbers(1)};
       |  ${values.mkString("\n")}
       |  $compute
       |}""".stripMargin
  }

  private def called(
      ctx: CodegenContext, numbers: String, row: Seq[String], ev: ExprCode): String = {
    val array = ctx.addMutableState(
      "double[]", "row", name => s"$name = new double[${row.size}];", forceInline = true)
    val fill = row.zipWithIndex.map { case (x, i) => s"$array[$i] = $x;" }
    (fill :+ s"${ev.value} = $math.$method($numbers, $array);").mkString("\n")
  }

  /** `RowMath.nearest`. */
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

  /** Of a row that is, or is better kept, an array. */
  private def ofArray(
      ctx: CodegenContext, numbers: Seq[String], features: ExprCode, ev: ExprCode): String = {
    val (scaling, row, i) = (ctx.freshName("scaling"), ctx.freshName("row"), ctx.freshName("i"))
    val nulls = if (children.last.dataType.asInstanceOf[ArrayType].containsNull) {
      s"""for (int $i = 0; !${ev.isNull} && $i < ${features.value}.numElements(); $i++) {
         |  ${ev.isNull} = ${features.value}.isNullAt($i);
         |}""".stripMargin
    } else ""
    s"""$nulls
       |if (!${ev.isNull}) {
       |  double[] $scaling = ${numbers(1)};
       |  double[] $row = new double[$scaling.length / 2];
       |  ${ev.isNull} = !$math.scale($scaling, ${features.value}.toDoubleArray(), $row);
       |  if (!${ev.isNull}) {
       |    ${ev.value} = $math.$method(${numbers.head}, $row);
       |  }
       |}""".stripMargin
  }

  override protected def withNewChildrenInternal(children: IndexedSeq[Expression]): RowFunction =
    copy(children = children)
}

private[sparkfl] object RowFunction {

  /** Features up to which generated code keeps a row in registers. */
  private val registers = 32

  type Injection = (FunctionIdentifier, ExpressionInfo, Seq[Expression] => Expression)

  val all: Seq[Injection] = Seq(
    injection("sparkfl_nearest", "nearest", IntegerType, "the number of the nearest centre"),
    injection("sparkfl_score", "score", DoubleType, "how anomalous the row is"),
    injection("sparkfl_reason", "reason", IntegerType, "the feature that makes it so"))

  private def injection(
      name: String, method: String, dataType: DataType, purpose: String): Injection = (
    new FunctionIdentifier(name),
    info(name, "parameters, scaling, features", purpose),
    RowFunction(name, method, dataType, _))

  def info(name: String, arguments: String, purpose: String): ExpressionInfo =
    new ExpressionInfo(
      getClass.getName, null, name,
      s"_FUNC_($arguments) - Returns $purpose; for sparkfl's own plans.",
      "", "", "", "", "", "", "built-in")
}
