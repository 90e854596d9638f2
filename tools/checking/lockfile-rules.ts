/** Rules for package.json files and the lockfile. */
import { type Lockfile, missingEntries } from '../lockfile.ts'
import type { Finding, Rule } from './project.ts'
import { rootManifest, workspacesOf } from './workspaces.ts'

const path = 'package-lock.json'

/** Two copies in one process corrupt each other: both write to `globalThis.proto`. */
const single = ['google-protobuf', '@hyperledger/fabric-protos']

export const keepsLockfileSound: Rule = (project) => {
  if (!project.has(path)) return [{ path, message: 'there is no lockfile' }]
  const lockfile: Lockfile = JSON.parse(project.read(path))
  const entries = Object.entries(lockfile.packages)
  const found: Finding[] = []
  for (const name of single) {
    const versions = new Set(
      entries.filter(([at]) => at.endsWith(`node_modules/${name}`)).map(([, entry]) => entry.version),
    )
    const places = entries.filter(([at]) => at.endsWith(`node_modules/${name}`)).length
    if (places > 1)
      found.push({ path, message: `${name} is there ${places} times (${[...versions].join(', ')}), once is right` })
  }
  for (const [at, { resolved }] of entries) {
    if (resolved !== undefined && /^(?:https?|git|ssh)/.test(resolved))
      found.push({ path, message: `${at} names its registry` })
  }
  for (const at of missingEntries(lockfile).keys()) {
    found.push({ path, message: `${at} is missing, npm ci would refuse the lockfile: npm run lockfile` })
  }
  return found
}

/** Versions are exact, ours `*`. */
export const pinsVersions: Rule = (project) => {
  const manifests = [...workspacesOf(project).values()].filter(({ folder }) => folder !== 'tools')
  return [{ folder: '', manifest: rootManifest(project) }, ...manifests].flatMap(({ folder, manifest }) => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
    return Object.entries(all)
      .filter(([name, version]) => (name.startsWith('@cello/') ? version !== '*' : !isExact(version)))
      .map(([name, version]) => ({
        path: folder === '' ? 'package.json' : `${folder}/package.json`,
        message: `${name} is ${version}: pin it exactly, ours with *`,
      }))
  })
}

function isExact(version: string): boolean {
  return /^(?:npm:.+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)
}
