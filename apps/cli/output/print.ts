import { Option } from '@commander-js/extra-typings'
import type { Cli } from '../cli.ts'
import { type Column, tableText } from './table.ts'

export const formats = ['table', 'json', 'yaml', 'name'] as const
export type Format = (typeof formats)[number]

/** `-o table|json|yaml|name` for commands that give data. */
export function outputOption() {
  return new Option('-o, --output <format>', 'how to print').choices(formats).default('table' as const)
}

export interface Shape<Item> {
  readonly columns: readonly Column<Item>[]
  /** For `-o name`: what other commands take. */
  readonly name: (item: Item) => string
  /** Said on stderr where there is nothing. */
  readonly none: string
}

export async function printList<Item>(
  cli: Cli,
  format: Format,
  items: readonly Item[],
  shape: Shape<Item>,
): Promise<void> {
  if (format === 'json' || format === 'yaml') return printData(cli, format, items)
  if (format === 'name') {
    for (const item of items) cli.out.write(`${shape.name(item)}\n`)
    return
  }
  if (items.length === 0) cli.err.write(`${shape.none}\n`)
  else cli.out.write(tableText(items, shape.columns))
}

/** One thing: its fields one under the other, those without a value left out. */
export async function printOne<Item>(
  cli: Cli,
  format: Format,
  item: Item,
  shape: { readonly fields: readonly Column<Item>[]; readonly name: (item: Item) => string },
): Promise<void> {
  if (format === 'json' || format === 'yaml') return printData(cli, format, item)
  if (format === 'name') return void cli.out.write(`${shape.name(item)}\n`)
  const rows = shape.fields.map(({ title, value }) => [title, value(item)] as const)
  const shown = rows.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...shown.map(([title]) => title.length))
  for (const [title, value] of shown) {
    const text = String(value).replaceAll('\n', `\n${' '.repeat(width + 2)}`)
    cli.out.write(`${title.padEnd(width)}  ${text}\n`)
  }
}

export async function printData(cli: Cli, format: 'json' | 'yaml', data: unknown): Promise<void> {
  if (format === 'json') return void cli.out.write(`${JSON.stringify(data, null, 2)}\n`)
  const { stringify } = await import('yaml')
  cli.out.write(stringify(data, { aliasDuplicateObjects: false }))
}
