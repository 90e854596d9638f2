/**
 * Every test suite of the project, and the minutes it may take on two cores. Each `*.test.ts` belongs to exactly one
 * suite (a test says so), and the minutes of those that run on every change sum to at most `budgetMinutes`.
 */
export interface Suite {
  readonly name: string
  /** Files from the root, `!` before a pattern takes them out again. */
  readonly files: readonly string[]
  readonly minutes: number
  /** Runs in `npm run test:fast` too. */
  readonly fast?: boolean
  /** Runs only by `--only`; docs/on-demand-suites.md dates its last run. */
  readonly onDemand?: boolean
  /** Real Fabric: without it the tests skip themselves, and say why. */
  readonly needs?: 'fabric'
  /** Test files at once. Default 2; 1 for suites that measure, or that start many processes. */
  readonly concurrency?: number
  /** Variables that its tests read. */
  readonly env?: Readonly<Record<string, string>>
}

export const budgetMinutes = 55

/** Test files that start Fabric's own programs. They skip themselves where there are none. */
const realFabric = ['real-*', 'official-*']
const real = (folder: string): string[] => realFabric.map((name) => `${folder}/**/${name}.test.ts`)
const not = (globs: readonly string[]): string[] => globs.map((glob) => `!${glob}`)
const butReal = (folder: string): string[] => [`${folder}/**/*.test.ts`, ...not(real(folder))]

export const suites: readonly Suite[] = [
  { name: 'tools', files: ['tools/**/*.test.ts', '!tools/publishing/**'], minutes: 1, fast: true },
  { name: 'kit, model, api, sdk', files: ['packages/{kit,model,api,sdk}/**/*.test.ts'], minutes: 1, fast: true },
  { name: 'store', files: ['packages/store/**/*.test.ts'], minutes: 1, fast: true },
  {
    name: 'core',
    files: ['packages/{ports,planning,engine,orchestration,usecases}/**/*.test.ts'],
    minutes: 2,
    fast: true,
  },
  { name: 'fabric library', files: butReal('packages/fabric'), minutes: 1, fast: true },
  { name: 'fakes', files: ['ledgers/fake/**/*.test.ts', 'drivers/fake/**/*.test.ts'], minutes: 1, fast: true },
  { name: 'process driver', files: butReal('drivers/process'), minutes: 1 },
  { name: 'fabric ledger', files: butReal('ledgers/fabric'), minutes: 1, fast: true },
  { name: 'server', files: butReal('apps/server'), minutes: 1 },
  { name: 'cli', files: butReal('apps/cli'), minutes: 1, fast: true },
  {
    name: 'devnode',
    files: [...['apps/devnode', 'test/devnode'].flatMap(butReal), '!test/devnode/long/**'],
    minutes: 5,
  },
  { name: 'published packages', files: ['tools/publishing/**/*.test.ts'], minutes: 2 },
  { name: 'library on real Fabric', files: real('packages/fabric'), minutes: 2, needs: 'fabric' },
  {
    name: 'nodes of real Fabric',
    files: ['ledgers', 'drivers', 'apps'].flatMap(real),
    minutes: 1,
    needs: 'fabric',
    concurrency: 1,
  },
  {
    name: 'networks of real Fabric',
    files: ['test/fabric-harness/**/*.test.ts', ...real('test/devnode')],
    minutes: 4,
    needs: 'fabric',
    concurrency: 1,
  },
  {
    name: 'ledger on real nodes',
    files: ['test/fabric-ledger/**/*.test.ts'],
    minutes: 4,
    concurrency: 1,
  },
  {
    name: 'scenarios',
    files: ['test/scenarios/**/*.test.ts'],
    minutes: 9,
    concurrency: 1,
  },
  { name: 'first minute', files: ['test/e2e/**/*.test.ts'], minutes: 5, concurrency: 1 },
  { name: 'simulation', files: ['test/{simulation,fake-world}/**/*.test.ts'], minutes: 2, fast: true },
  { name: 'http', files: ['test/http/**/*.test.ts'], minutes: 1, fast: true },
  { name: 'crash on the fakes', files: ['test/crash/**/*.test.ts', ...not(real('test/crash'))], minutes: 3 },
  {
    name: 'crash on real nodes',
    files: ['test/crash-real/{sample,lost-answers}.test.ts'],
    minutes: 6,
    concurrency: 1,
  },
  {
    name: 'crash-real',
    files: ['test/crash-real/all.test.ts'],
    minutes: 30,
    onDemand: true,
    needs: 'fabric',
    concurrency: 1,
  },
  {
    name: 'long kills',
    files: ['test/devnode/long/kills.test.ts'],
    minutes: 90,
    onDemand: true,
    concurrency: 1,
  },
  {
    name: 'long fuzz',
    files: ['test/devnode/long/fuzz.test.ts'],
    minutes: 10,
    onDemand: true,
    concurrency: 1,
  },
]
