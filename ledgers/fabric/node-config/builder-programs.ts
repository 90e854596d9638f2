import { readFileSync } from 'node:fs'

function program(name: string): string {
  return readFileSync(new URL(`builder/${name}.sh`, import.meta.url), 'utf8')
}

/** The name in every core.yaml. Builds on disk hold it and are refused under another: it never changes. */
export const builderName = 'cello-contract'

/** Our builder for contracts that run as a service: path below the node's files → POSIX sh, to be executable. */
export const builderPrograms: Readonly<Record<string, string>> = {
  'builder/bin/detect': program('detect'),
  'builder/bin/build': program('build'),
  'builder/bin/release': program('release'),
}
