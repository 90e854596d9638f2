/** What is published: which workspace, by which doors, and which other workspaces are folded into it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface PublishedPackage {
  /** Folder under packages/. */
  readonly workspace: string
  readonly name: string
  readonly description: string
  /** Export → source from packages/: `./codec` → `fabric/codec/index.ts`. */
  readonly entries: Readonly<Record<string, string>>
  /** Workspaces of ours that nobody can install: name → compiled entry from packages/. */
  readonly folded: Readonly<Record<string, string>>
  /** Exact versions of all foreign packages that it may need. */
  readonly versions: Readonly<Record<string, string>>
}

interface SourceManifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The packages that others install by themselves. */
export function publishedPackages(root: string): PublishedPackage[] {
  return [
    describe(
      root,
      'fabric',
      [],
      'Administration of Hyperledger Fabric networks, in TypeScript, without its command line tools.',
    ),
    describe(root, 'sdk', ['api', 'model', 'kit'], 'Typed client of the Cello API.'),
  ]
}

function describe(root: string, workspace: string, folded: readonly string[], description: string): PublishedPackage {
  const manifest = read(root, workspace)
  const inside = folded.map((name) => read(root, name))
  const doors = Object.entries(manifest.exports).filter(([door]) => !door.startsWith('./testing'))
  const dependencies = Object.assign({}, ...[...inside, manifest].map((each) => each.dependencies ?? {}))
  return {
    workspace,
    name: manifest.name,
    description,
    entries: Object.fromEntries(doors.map(([door, file]) => [door, join(workspace, file)])),
    folded: Object.fromEntries(inside.map(({ name }, index) => [name, `${folded[index]}/index.js`])),
    versions: dependencies,
  }
}

function read(root: string, workspace: string): SourceManifest {
  return JSON.parse(readFileSync(join(root, 'packages', workspace, 'package.json'), 'utf8'))
}
