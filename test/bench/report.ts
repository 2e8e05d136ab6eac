/** Prints what was measured, and on what. */
import { execFileSync } from 'node:child_process'
import { cpus, release, tmpdir, totalmem } from 'node:os'

/** A table with a title; numbers with a unit in their name keep it. */
export function printTable(title: string, rows: readonly Readonly<Record<string, unknown>>[]): void {
  console.log(`\n${title}`)
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cells = [names, ...rows.map((row) => names.map((name) => text(row[name])))]
  const widths = names.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  for (const row of cells) {
    console.log(row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
  }
}

export function printMachine(): void {
  const [cpu] = cpus()
  printTable('machine', [
    {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 1e9),
      os: `${process.platform} ${release()}`,
      node: process.version,
      disk: fileSystemOf(tmpdir()),
    },
  ])
}

function text(value: unknown): string {
  if (typeof value !== 'number') return String(value ?? '')
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return value.toPrecision(3)
}

function fileSystemOf(folder: string): string {
  try {
    return execFileSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
