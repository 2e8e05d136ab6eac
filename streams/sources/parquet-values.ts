/** The SQL that makes a number of a Parquet column's value, as number-text.ts makes one of a text. */

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/

/** NaN for what is not there, infinity for what is not finite, minus infinity for what is not a number; never null. */
export function valueSql(column: string, type: string): string {
  if (NUMERIC.test(type)) return `coalesce(${finite(`${column}::DOUBLE`)}, 'nan'::DOUBLE)`
  if (type !== 'VARCHAR') return `CASE WHEN ${column} IS NULL THEN 'nan'::DOUBLE ELSE '-inf'::DOUBLE END`
  const text = `trim(${column}, ' ' || chr(9))`
  return `CASE
    WHEN ${column} IS NULL OR regexp_full_match(${text}, '(?i)([+-]?nan)?') THEN 'nan'::DOUBLE
    WHEN regexp_full_match(${text}, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?')
      THEN coalesce(${finite(`TRY_CAST(${text} AS DOUBLE)`)}, 'inf'::DOUBLE)
    WHEN regexp_full_match(${text}, '(?i)[+-]?inf(inity)?') THEN 'inf'::DOUBLE
    ELSE '-inf'::DOUBLE END`
}

const finite = (sql: string): string => `CASE WHEN isinf(${sql}) THEN 'inf'::DOUBLE ELSE ${sql} END`
