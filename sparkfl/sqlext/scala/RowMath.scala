package org.apache.spark.sql.sparkfl

/**
 * The arithmetic of a prediction, for generated code to call; Python has the same in
 * `sparkfl.statistics`, and lays the parameters out in `sparkfl.federation.scoring.parameters`.
 * No boxing.
 */
private[sparkfl] object RowMath {

  private val LargestZ = 1e6
  val FactorCap = 1e38
  /** So many factors multiply without overflow. */
  val Factors = 8
  private val SmallestScore = math.pow(2, -40)
  private val LargestScore = math.pow(2, 40)
  private val BinsPerLog = 512 / math.log(2)

  def apply(method: String, parameters: Array[Double], row: Array[Double]): Any = method match {
    case "scaled" => scaled(parameters, row)
    case "nearest" => nearest(parameters, row)
    case "anomaly" => anomaly(parameters, row)
    case "severity" => severity(parameters, row)
    case "weighted" => weighted(parameters, row)
    case "strongest" => strongest(parameters, row)
    case "likeliest" => likeliest(parameters, row)
    case "forest" => forest(parameters, row)
  }

  /**
   * The features scaled in place, by means and then factors, and if there are more numbers then
   * asinh of what comes out once more, and if there are more still then by knots and the normal
   * scores at them: see `Scaling`. Null unless all are finite.
   */
  def scaled(scaling: Array[Double], features: Array[Double]): Array[Double] = {
    val d = features.length
    val robust = scaling.length >= 4 * d
    val knots = if (robust) scaling.length / d - 4 >> 1 else 0
    var finite = scaling.length == (if (robust) 4 + 2 * knots else 2) * d
    var i = 0
    while (finite && i < d) {
      finite = math.abs(features(i)) <= Double.MaxValue
      val z = (features(i) - scaling(i)) * scaling(d + i)
      val x = if (robust) (asinh(z) - scaling(2 * d + i)) * scaling(3 * d + i) else z
      val at = 4 * d + i * knots
      features(i) = if (knots > 0) normalScore(x, scaling, at, at + d * knots, knots) else x
      i += 1
    }
    if (finite) features else null
  }

  /** See `NormalScores`: where the knots begin, where the scores at them, and how many. */
  def normalScore(x: Double, numbers: Array[Double], from: Int, scores: Int, knots: Int): Double = {
    var low = 0
    var high = knots - 1
    val score = if (x >= numbers(from + high)) numbers(scores + high)
      else if (x <= numbers(from)) numbers(scores)
      else {
        // The first knot at high is beyond x, the last at low is not.
        while (high - low > 1) {
          val middle = (low + high) >> 1
          if (x < numbers(from + middle)) high = middle else low = middle
        }
        val along = (x - numbers(from + low)) / (numbers(from + high) - numbers(from + low))
        numbers(scores + low) + along * (numbers(scores + high) - numbers(scores + low))
      }
    (score + 2 * x) / 3
  }

  /** As `Scaling` has it: of no more than `LARGEST_Z`. */
  def asinh(z: Double): Double = {
    val bounded = math.abs(z)
    val size = if (bounded < LargestZ) bounded else LargestZ
    // The logarithm of 1 is 0 to 16 digits, which is not nothing to a feature that does not vary.
    if (size == 0) 0.0 else math.copySign(Logarithm(size + math.sqrt(size * size + 1)), z)
  }

  /** First centre, then the way to each other one and half its square: see `Discriminants`. */
  def nearest(parameters: Array[Double], row: Array[Double]): Int = {
    val d = row.length
    val size = parameters.length
    var index = 0
    var best = 0.0
    var at = d
    var j = 1
    while (at < size) {
      var score = 0.0
      var i = 0
      while (i < d) {
        score += (row(i) - parameters(i)) * parameters(at + i)
        i += 1
      }
      score -= parameters(at + d)
      if (score > best) {
        best = score
        index = j
      }
      at += d + 1
      j += 1
    }
    index
  }

  /**
   * How anomalous a row is, and because of which feature: a number of the texts +first, -first,
   * +second, -second, ..., from 0. Mean and precision of the federation, then of each large
   * cluster: see `AnomalyRule`.
   */
  def anomaly(parameters: Array[Double], row: Array[Double]): Array[Double] =
    anomaly(parameters, row, nearestLarge(parameters, row))

  /** Likewise, given where the parameters of the nearest large cluster begin. */
  def anomaly(parameters: Array[Double], row: Array[Double], large: Int): Array[Double] = {
    var score = 0.0
    var product = 1.0
    var largest = Double.NegativeInfinity
    var index = 0
    var i = 0
    while (i < row.length) {
      val share = factor(parameters, 0, row, i) * factor(parameters, large, row, i)
      if (share > largest) {
        largest = share
        index = i
      }
      product *= share
      i += 1
      // Two factors each, so half as many before they overflow.
      if (i % (Factors / 2) == 0 || i == row.length) {
        score += Logarithm(product)
        product = 1.0
      }
    }
    Array(score, 2 * index + (if (row(index) >= parameters(index)) 0 else 1))
  }

  /**
   * Percentile of a score: see `ScoreDistribution`. First bin, points a bin, edge, top, decay,
   * then the severities at the points.
   */
  def severity(parameters: Array[Double], row: Array[Double]): Double = {
    val score = math.min(math.max(row(0), SmallestScore), LargestScore)
    val bin = Logarithm(score) * BinsPerLog
    if (bin >= parameters(2)) {
      100 - parameters(3) * math.exp((parameters(2) - bin) / parameters(4))
    } else {
      val point = math.max((bin - parameters(0)) * parameters(1), 0)
      val at = 5 + math.min(point.toInt, parameters.length - 7)
      parameters(at) + (point - (at - 5)) * (parameters(at + 1) - parameters(at))
    }
  }

  /** A weighted sum: the intercept, then a weight a feature. */
  def weighted(parameters: Array[Double], row: Array[Double]): Double =
    weighted(parameters, row, 0)

  private def weighted(parameters: Array[Double], row: Array[Double], at: Int): Double = {
    var sum = 0.0
    var i = 0
    while (i < row.length) {
      sum += parameters(at + 1 + i) * row(i)
      i += 1
    }
    sum + parameters(at)
  }

  /** Of several such sums the place of the greatest, of equals the first. */
  def strongest(parameters: Array[Double], row: Array[Double]): Int = {
    var index = 0
    var best = Double.NegativeInfinity
    var at = 0
    var j = 0
    while (at < parameters.length) {
      val sum = weighted(parameters, row, at)
      if (sum > best) {
        best = sum
        index = j
      }
      at += row.length + 1
      j += 1
    }
    index
  }

  /**
   * Of normal distributions the place of the likeliest: for each the logarithm at its mean, the mean
   * and half the precision of each feature.
   */
  def likeliest(parameters: Array[Double], row: Array[Double]): Int = {
    val d = row.length
    var index = 0
    var best = Double.NegativeInfinity
    var at = 0
    var j = 0
    while (at < parameters.length) {
      var sum = parameters(at)
      var i = 0
      while (i < d) {
        val away = row(i) - parameters(at + 1 + i)
        sum -= away * away * parameters(at + 1 + d + i)
        i += 1
      }
      if (sum > best) {
        best = sum
        index = j
      }
      at += 2 * d + 1
      j += 1
    }
    index
  }

  /**
   * What trees say in sum, or of several outputs the place of the greatest: how many outputs, how
   * many trees, where the root of each is, then the nodes. One is a feature, the threshold up to
   * which the way goes left, and where left and right are; a leaf is -1 and its outputs.
   */
  def forest(parameters: Array[Double], row: Array[Double]): Double = {
    val outputs = parameters(0).toInt
    val trees = parameters(1).toInt
    if (outputs == 1) {
      var sum = 0.0
      var t = 0
      while (t < trees) {
        sum += parameters(leaf(parameters, row, parameters(2 + t).toInt) + 1)
        t += 1
      }
      sum
    } else {
      val sums = new Array[Double](outputs)
      var t = 0
      while (t < trees) {
        val at = leaf(parameters, row, parameters(2 + t).toInt) + 1
        var i = 0
        while (i < outputs) {
          sums(i) += parameters(at + i)
          i += 1
        }
        t += 1
      }
      var best = 0
      var i = 1
      while (i < outputs) {
        if (sums(i) > sums(best)) best = i
        i += 1
      }
      best
    }
  }

  private def leaf(parameters: Array[Double], row: Array[Double], root: Int): Int = {
    var at = root
    while (parameters(at) >= 0) {
      val left = row(parameters(at).toInt) <= parameters(at + 1)
      at = parameters(if (left) at + 2 else at + 3).toInt
    }
    at
  }

  /** Where the nearest large cluster's parameters begin. */
  private def nearestLarge(parameters: Array[Double], row: Array[Double]): Int = {
    val step = 2 * row.length
    val size = parameters.length
    var nearest = step
    var least = Double.PositiveInfinity
    var at = step
    while (at < size) {
      val distance = if (row.length <= Factors) product(parameters, at, row, 0, row.length)
        else logarithm(parameters, at, row)
      if (distance < least) {
        least = distance
        nearest = at
      }
      at += step
    }
    nearest
  }

  private def logarithm(parameters: Array[Double], at: Int, row: Array[Double]): Double = {
    var sum = 0.0
    var from = 0
    while (from < row.length) {
      val to = math.min(from + Factors, row.length)
      sum += Logarithm(product(parameters, at, row, from, to))
      from = to
    }
    sum
  }

  private def product(
      parameters: Array[Double], at: Int, row: Array[Double], from: Int, to: Int): Double = {
    var result = 1.0
    var i = from
    while (i < to) {
      result *= factor(parameters, at, row, i)
      i += 1
    }
    result
  }

  private def factor(parameters: Array[Double], at: Int, row: Array[Double], i: Int): Double = {
    val precision = parameters(at + row.length + i)
    val difference = row(i) - parameters(at + i)
    if (precision == 0) 1.0
    else {
      val factor = 1 + difference * difference * precision
      if (factor < FactorCap) factor else FactorCap
    }
  }
}
