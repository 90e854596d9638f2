/**
 * The table of allowed imports: what each workspace may import of the others. It is design law, checked by
 * `npm run check`. `*` stands for any name in a folder, `!` takes a workspace out again; a path longer than a workspace
 * (`packages/fabric/codec`) allows that export of it alone.
 */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  'packages/kit': [],
  'packages/model': ['packages/kit'],
  'packages/api': ['packages/model'],
  'packages/ports': ['packages/model', 'packages/kit'],
  'packages/fabric': [],
  'packages/planning': ['packages/model', 'packages/kit'],
  'packages/store': ['packages/ports', 'packages/model', 'packages/kit'],
  'packages/engine': ['packages/ports', 'packages/model', 'packages/kit'],
  'packages/usecases': ['packages/planning', 'packages/ports', 'packages/model', 'packages/kit'],
  'packages/orchestration': [
    'packages/engine',
    'packages/planning',
    'packages/ports',
    'packages/model',
    'packages/kit',
  ],
  'packages/agent-protocol': ['packages/model', 'packages/kit'],
  'packages/sdk': ['packages/api', 'packages/model'],
  'ledgers/fabric': ['packages/fabric', 'packages/ports', 'packages/model', 'packages/kit'],
  'ledgers/*': ['packages/ports', 'packages/model', 'packages/kit'],
  'drivers/remote': ['packages/agent-protocol', 'packages/ports', 'packages/model', 'packages/kit'],
  'drivers/*': ['packages/ports', 'packages/model', 'packages/kit'],
  'provisioners/*': ['packages/ports', 'packages/model', 'packages/kit'],
  'apps/cli': ['packages/sdk', 'packages/api', 'packages/model', 'packages/kit'],
  'apps/dashboard': ['packages/sdk', 'packages/api', 'packages/model'],
  'apps/agent': ['packages/agent-protocol', 'drivers/*', 'packages/ports', 'packages/model', 'packages/kit'],
  'apps/devnode': ['packages/fabric/codec', 'packages/kit'],
  'apps/server': [
    'packages/*',
    '!packages/sdk',
    'ledgers/*',
    'drivers/*',
    'provisioners/*',
    'apps/agent',
    'apps/devnode',
  ],
  test: ['packages/*', 'ledgers/*', 'drivers/*', 'provisioners/*', 'apps/*'],
  tools: ['packages/model', 'packages/planning', 'packages/usecases'],
}

/** Whether files of one workspace may import another by this export (`''` or `/codec`). */
export function mayImport(from: string, to: string, subpath: string): boolean {
  const row = allowedImports[from] ?? allowedImports[`${from.split('/')[0]}/*`]
  if (row === undefined) return false
  if (row.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), to))) return false
  return row.some((pattern) => matches(pattern, to) || pattern === `${to}${subpath}`)
}

function matches(pattern: string, workspace: string): boolean {
  if (pattern === workspace) return true
  return pattern.endsWith('/*') && workspace.split('/')[0] === pattern.slice(0, -2)
}
