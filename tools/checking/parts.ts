/** Everything that `npm run check` checks. */

import { documentsPublicFunctions } from './doc-comments.ts'
import { resolvesLinks } from './doc-links.ts'
import {
  decodesByTheCodec,
  exitsInMainsOnly,
  namesFilesWell,
  readsEnvironmentOnce,
  startsNoShell,
} from './house-rules.ts'
import { hasNoImportCycles } from './import-cycles.ts'
import { obeysImportTable } from './import-table.ts'
import { keepsLockfileSound, pinsVersions } from './lockfile-rules.ts'
import { keepsMadePages } from './made-pages.ts'
import { type Part, programPart, rulesPart } from './part.ts'
import { assignsEveryTest } from './suite-rules.ts'
import { holdsNoSecrets, namesNoMachine, todosHaveIssues } from './text-rules.ts'

export const parts: readonly Part[] = [
  programPart('format', 'run `npm run format`', [
    '@biomejs/biome/bin/biome',
    'ci',
    '--colors=off',
    '--reporter=summary',
    '.',
  ]),
  programPart('lint', 'mend the code; .oxlintrc.json holds the rules', [
    'oxlint/bin/oxlint',
    '--type-aware',
    '--quiet',
    '--format=unix',
  ]),
  programPart('types', 'mend the types', ['typescript-native/bin/tsc', '-p', '.']),
  programPart('dead code', 'delete what nobody uses, or name it as an entry in knip.json', [
    'knip/bin/knip.js',
    '--no-progress',
    '--no-config-hints',
  ]),
  rulesPart('imports', 'tools/imports.ts is the table of who may import whom', [obeysImportTable, hasNoImportCycles]),
  rulesPart('links', 'mend the link, or the heading that it names', [resolvesLinks]),
  rulesPart('made pages', 'run `npm run docs`', [keepsMadePages]),
  rulesPart('lockfile', 'run `npm run lockfile`', [keepsLockfileSound, pinsVersions]),
  rulesPart('suites', 'tools/suites.ts is the table of suites', [assignsEveryTest]),
  rulesPart('doc comments', 'say what the type cannot: shapes, units, errors, the source of a number', [
    documentsPublicFunctions,
  ]),
  rulesPart('house rules', 'tools/checking holds the rules, with the reasons', [
    startsNoShell,
    readsEnvironmentOnce,
    decodesByTheCodec,
    exitsInMainsOnly,
    namesFilesWell,
    todosHaveIssues,
    namesNoMachine,
    holdsNoSecrets,
  ]),
]
