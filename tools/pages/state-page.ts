import { operationMoves, stepStates } from '@cello/model'
import { networkStateTable, nodeStateTable } from '@cello/usecases'

/** docs/states.md: the tables of states, as the code has them. */
export function statePage(): string {
  return `${[heading, operations(), steps(), networks(), nodes()].join('\n\n')}\n`
}

const heading = `# States

Made from the tables in the code by \`npm run docs\`; nothing else defines a state. Operations store theirs, with each
move a compare-and-set; the states of networks and nodes are derived from what is wanted and what was seen.`

function operations(): string {
  const rows = Object.entries(operationMoves)
  const moves = rows.flatMap(([from, targets]) => targets.map((to) => `  ${from} --> ${to}`))
  const table = rows.map(
    ([from, targets]) => `| ${from} | ${targets.length === 0 ? 'nothing: it has ended' : targets.join(', ')} |`,
  )
  return [
    '## Operations',
    '',
    '| from | to |',
    '|---|---|',
    ...table,
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> queued',
    ...moves,
    '```',
  ].join('\n')
}

function steps(): string {
  return ['## Steps of an operation', '', `A step is one of: ${stepStates.join(', ')}.`].join('\n')
}

function networks(): string {
  const rows = networkStateTable.map(({ state, when }, index) => `| ${index + 1} | ${state} | \`${code(when)}\` |`)
  return [
    '## Networks',
    '',
    'The first row that holds is the state.',
    '',
    '| | state | holds when |',
    '|---|---|---|',
    ...rows,
  ].join('\n')
}

/** The text of a condition on one line, safe inside a table. */
function code(condition: (...facts: never[]) => boolean): string {
  return String(condition).replaceAll(/\s+/g, ' ').replaceAll(' )', ')').replaceAll('|', '\\|')
}

function nodes(): string {
  const seen = Object.keys(nodeStateTable.up)
  const rows = Object.entries(nodeStateTable).map(
    ([wanted, row]) => `| ${[`**${wanted}**`, ...Object.values(row)].join(' | ')} |`,
  )
  return [
    '## Nodes',
    '',
    'By what is wanted of a node (rows) and what was seen of it (columns).',
    '',
    `| wanted | ${seen.join(' | ')} |`,
    `|${'---|'.repeat(seen.length + 1)}`,
    ...rows,
  ].join('\n')
}
