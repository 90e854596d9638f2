import { stripVTControlCharacters } from 'node:util'

export interface Column<Item> {
  readonly title: string
  readonly value: (item: Item) => string | number | undefined
}

/** Text in columns, two spaces between; the last column is not padded. Empty when there are no rows. */
export function tableText<Item>(items: readonly Item[], columns: readonly Column<Item>[]): string {
  if (items.length === 0) return ''
  const rows = [
    columns.map(({ title }) => title),
    ...items.map((item) => columns.map((column) => cell(column.value(item)))),
  ]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => width(row[index] ?? ''))))
  return rows
    .map(
      (row) =>
        `${row
          .map((text, index) => pad(text, widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function cell(value: string | number | undefined): string {
  return value === undefined || value === '' ? '-' : String(value)
}

function pad(text: string, to: number): string {
  return text + ' '.repeat(Math.max(0, to - width(text)))
}

function width(text: string): number {
  return stripVTControlCharacters(text).length
}
