import { type ChangeRule, type ChangeVerb, changeLimits, changeRules } from '@cello/planning'

/** docs/changes.md: what a ledger can do with each field of a network's document, as the code has it. */
export function changePage(): string {
  const rows = Object.entries<ChangeRule>(changeRules).map(
    ([field, { can, why = '', next = '' }]) => `| \`${field}\` | ${words(can)} | ${why} | ${next} |`,
  )
  const limits = Object.values(changeLimits).map(({ when, why, next }) => `| ${when} | ${why} | ${next} |`)
  return `${[
    heading,
    '## Fields',
    ['| field | can be | because, or meaning | nearest act otherwise |', '|---|---|---|---|', ...rows].join('\n'),
    '## Across fields',
    ['| refused when | because | nearest act |', '|---|---|---|', ...limits].join('\n'),
    footing,
  ].join('\n\n')}\n`
}

const heading = `# Changes

What can be done with each field of a network's document once the network is there. A change that is not possible is
refused as a whole before anything of it begins, with the reason and the nearest act that is. Made from
\`packages/planning/change-rules.ts\` by \`npm run docs\`.

A list that names what is there by \`name\` compares by name: another name is one thing less and one more.`

const footing = `## What a change does

- Orderers are added and removed one consenter at a time, however many the document names at once. One that is removed
  runs on until no channel counts on it.
- Nodes that are no longer wanted are deleted last, with what they hold. Their names are free when they are gone.
- What stays in the ledger for good (definitions, installed packages, certificates) is listed as residue, and is no drift.
- A stopped network takes no change of its document: start it first.`

const verbs: Readonly<Record<ChangeVerb, string>> = { change: 'changed', grow: 'added to', remove: 'removed from' }

function words(can: readonly ChangeVerb[]): string {
  return can.length === 0 ? '**never**' : can.map((verb) => verbs[verb]).join(', ')
}
