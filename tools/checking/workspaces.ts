/** The workspaces of the project, from their package.json files. */
import type { Project } from './project.ts'

export interface Manifest {
  readonly name?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Workspace {
  /** From the root: `packages/kit`; `tools` and the root itself (``) count as two more. */
  readonly folder: string
  readonly manifest: Manifest
}

/** Every workspace by its folder, `tools` (which has the root's manifest) among them. */
export function workspacesOf(project: Project): Map<string, Workspace> {
  const found = new Map<string, Workspace>()
  for (const path of project.paths) {
    const folder = /^((?:packages|ledgers|drivers|provisioners|apps)\/[^/]+|test)\/package\.json$/.exec(path)?.[1]
    if (folder !== undefined) found.set(folder, { folder, manifest: JSON.parse(project.read(path)) })
  }
  found.set('tools', { folder: 'tools', manifest: rootManifest(project) })
  return found
}

export function rootManifest(project: Project): Manifest {
  return project.has('package.json') ? JSON.parse(project.read('package.json')) : {}
}

/** The workspace that holds a file, if one does. */
export function workspaceOf(path: string, workspaces: ReadonlyMap<string, Workspace>): Workspace | undefined {
  const [first = '', second = ''] = path.split('/')
  return workspaces.get(`${first}/${second}`) ?? workspaces.get(first)
}
