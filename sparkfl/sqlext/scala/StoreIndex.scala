package org.apache.spark.sql.sparkfl

import java.util.{HashMap => JHashMap}

import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.util.ArrayData
import org.apache.spark.sql.types.{LongType, StructType}

/** Rows by their first field, a number or a text; a number is looked up without being boxed. */
private[sparkfl] class StoreIndex(table: ArrayData, fields: StructType) {

  private val size = if (table == null) 0 else table.numElements()
  private val mask = Integer.highestOneBit(size.max(1)) * 4 - 1
  private val numbers = new Array[Long](mask + 1)
  private val numbered = new Array[InternalRow](mask + 1)
  private val named = new JHashMap[Any, InternalRow]

  (0 until size).map(table.getStruct(_, fields.size)).foreach { row =>
    if (fields.head.dataType == LongType) {
      val at = place(row.getLong(0))
      numbers(at) = row.getLong(0)
      numbered(at) = row
    } else named.put(row.get(0, fields.head.dataType), row)
  }

  /** The row of a number; null if there is none. */
  def get(key: Long): InternalRow = numbered(place(key))

  /** The row of a text; null if there is none. */
  def get(key: Any): InternalRow = named.get(key)

  /** Where a number is, or would be: linear probing in a table that is at most half full. */
  private def place(key: Long): Int = {
    var at = ((key * 0x9E3779B97F4A7C15L) >>> 32).toInt & mask
    while (numbered(at) != null && numbers(at) != key) at = (at + 1) & mask
    at
  }
}
