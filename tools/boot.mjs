// The first program of every npm script, for whatever Node ≥ 20 started npm: it installs what is missing, then becomes
// the wanted program under the Node 24 that the installation brought. Plain JavaScript, no dependency.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, constants as osConstants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What each command runs: the program, and the arguments that come before the caller's. */
const programs = {
  start: ['apps/server/main.ts', '--demo'],
  check: ['tools/check.ts'],
  test: ['tools/test.ts'],
  bench: ['test/bench/main.ts'],
  agree: ['test/devnode/agreement/main.ts'],
  publish: ['tools/publish.ts'],
  docs: ['tools/docs.ts'],
  lockfile: ['tools/lockfile.ts'],
}

/**
 * Options of Node itself for what stays: a nursery that does not grow far while nothing happens. What a busy minute leaves
 * behind is given back by the server (apps/server/memory-at-rest.ts).
 */
const serverOptions = ['--max-semi-space-size=4']

/**
 * glibc gives each thread of a program an arena of its own, and none of them back: after a busy time 10 to 30 MiB of the
 * server's memory are such leftovers (docs/benchmarks.md). It has one thread that works, and shares one arena.
 */
const serverEnvironment = { MALLOC_ARENA_MAX: '1' }

/** The package that brings Node 24 to this machine. */
const runtimePackage = `node-${process.platform}-${process.arch}`

/** Not in node_modules, which npm removes. Names the process that installs by its pid and start, so that a killed one is known. */
const installLock = join(root, '.installing')

class Refusal extends Error {}

try {
  main(process.argv[2] ?? '', process.argv.slice(3))
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  console.error(`cello: ${error.message}`)
  process.exitCode = 1
}

function main(command, args) {
  const program = Object.hasOwn(programs, command) ? programs[command] : undefined
  if (program === undefined)
    throw new Refusal(`usage: node tools/boot.mjs ${Object.keys(programs).join('|')} [arguments]`)
  refuseOtherSystems()
  install()
  const env = { ...process.env }
  env.NODE_COMPILE_CACHE ||= compileCache(env)
  const more = command === 'start' ? argumentsOfStart(args, env) : []
  // npm hands its own flags down as variables; left there, they would reach every npm that our programs start.
  delete env.npm_config_json
  const [file, ...first] = program
  const [options, forServer] = command === 'start' ? [serverOptions, serverEnvironment] : [[], {}]
  become(nodeFile(), [...options, join(root, file), ...first, ...more, ...args], { ...forServer, ...env })
}

/** `npm start --json` is npm's own flag, but meant for us; the server counts its time from the end of installation. */
function argumentsOfStart(args, env) {
  const json = env.npm_config_json === 'true' && !args.includes('--json') ? ['--json'] : []
  return [`--installed-at=${Date.now()}`, ...json]
}

function refuseOtherSystems() {
  const offered = Object.keys(readJson(join(root, 'package.json')).optionalDependencies ?? {})
  if (offered.includes(runtimePackage)) return
  const systems = offered.filter((name) => name.startsWith('node-')).map((name) => name.slice('node-'.length))
  throw new Refusal(
    `Cello runs on ${systems.join(' and ')} so far; this machine is ${process.platform}-${process.arch}.`,
  )
}

/**
 * `npm ci`, where what lies in node_modules is not what the lockfile says. One process at a time does it: npm begins by
 * removing node_modules, also one that another npm is filling. Who comes second waits, and finds it done.
 */
function install() {
  if (installReason() === undefined) return
  const release = holdInstallation()
  try {
    const reason = installReason()
    if (reason !== undefined) runNpm(reason)
  } finally {
    release()
  }
}

/** Everything it prints goes to stderr. */
function runNpm(reason) {
  console.error(`cello: installing packages (${reason}) …`)
  const startedAt = Date.now()
  const { npm_config_json: _json, npm_config_dry_run: _dryRun, ...env } = process.env
  const npm = env.npm_execpath?.endsWith('.js') ? [process.execPath, env.npm_execpath] : ['npm']
  const [file, ...before] = [...npm, 'ci', '--loglevel=error', '--no-audit', '--no-fund', '--ignore-scripts']
  const ran = spawnSync(file, before, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20 })
  const said = `${ran.stdout ?? ''}${ran.stderr ?? ''}`
  if (ran.error) throw new Refusal(`npm could not be started: ${ran.error.message}`)
  if (ran.status !== 0) throw new Refusal(whyNotInstalled(said, ran))
  console.error(`cello: installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** Waits until nobody else installs here, then is the one. @returns what gives it free */
function holdInstallation() {
  const self = identityOf(process.pid)
  for (let told = false; ; ) {
    if (createFile(installLock, self)) return () => rmSync(installLock, { force: true })
    const holder = readText(installLock)
    if (holder === '') continue
    if (isRunning(holder)) {
      if (!told) console.error('cello: another start is installing packages here; waiting for it …')
      told = true
      sleep(200)
    } else removeLeft(holder)
  }
}

/** Removes what a killed process left: one at a time, so that nobody removes the lock of who was quicker. */
function removeLeft(holder) {
  const guard = `${installLock}.removing`
  if (!createFile(guard, '')) {
    // It is held for a moment only; one that is older was left by a kill.
    if (Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 10_000)
      rmSync(guard, { force: true })
    return sleep(50)
  }
  if (readText(installLock) === holder) rmSync(installLock, { force: true })
  rmSync(guard, { force: true })
}

/** Whole or not at all. @returns false where it is there already; true also where none can be made: then npm cannot write either, and says so */
function createFile(path, text) {
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, text)
    linkSync(draft, path)
    return true
  } catch (error) {
    return error.code !== 'EEXIST'
  } finally {
    rmSync(draft, { force: true })
  }
}

/** `pid start`, the start in ticks since boot (proc(5): field 22 of stat): a pid alone may be another's by now. */
function identityOf(pid) {
  const stat = readText(`/proc/${pid}/stat`)
  return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
}

function isRunning(identity) {
  const pid = Number(identity.split(' ')[0])
  return Number.isInteger(pid) && readText(`/proc/${pid}/stat`) !== '' && identityOf(pid) === identity
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function whyNotInstalled(said, { status, signal }) {
  const offline =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/
  const code = offline.exec(said)?.[1]
  if (code !== undefined)
    return `the package registry cannot be reached (${code}): installing needs a network once, or an npm mirror set by \`npm config set registry\`.`
  return `npm ci failed (${signal ?? `exit code ${status}`}):\n${said.trim().split('\n').slice(-20).join('\n')}`
}

/** Why an installation is due, or undefined where every package of the lockfile is there. */
function installReason() {
  let have
  try {
    have = readJson(join(root, 'node_modules', '.package-lock.json')).packages ?? {}
    accessSync(nodeFile(), constants.X_OK)
  } catch {
    return 'first start'
  }
  const wanted = Object.entries(readJson(join(root, 'package-lock.json')).packages)
  const stale = wanted.filter(([path, entry]) => path.startsWith('node_modules/') && differs(entry, have[path]))
  if (stale.length === 0) return undefined
  return `${stale.length} of ${wanted.length} differ from package-lock.json, ${stale[0][0].slice('node_modules/'.length)} first`
}

function differs(wanted, found) {
  // npm leaves out optional packages that are for another system, or for nobody that is installed.
  if (found === undefined) return wanted.optional !== true && wanted.devOptional !== true
  return wanted.version !== found.version || wanted.integrity !== found.integrity || wanted.link !== found.link
}

function nodeFile() {
  return join(root, 'node_modules', runtimePackage, 'bin', 'node')
}

/** A folder for Node's compiled code, or none where it cannot be made: a cache is never a reason to fail. */
function compileCache(env) {
  const folder = join(env.CELLO_CACHE || join(homedir(), '.cache', 'cello'), 'compile')
  try {
    mkdirSync(folder, { recursive: true })
    return folder
  } catch {
    return ''
  }
}

/** Replaces this process where Node can (24 does), else runs the program as a child that is hardly to be told from us. */
function become(node, args, env) {
  if (typeof process.execve === 'function') {
    process.emitWarning = () => {} // execve announces itself as experimental; that is no news for our users
    process.execve(node, [node, ...args], env)
  }
  const child = spawn(node, args, { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'])
    process.on(signal, () => {
      // Ctrl-C reaches every process in front of the terminal by itself: passing it on would count it twice.
      if (signal !== 'SIGINT' || !isInForeground()) child.kill(signal)
    })
  child.on('error', (error) => {
    console.error(`cello: ${node} could not be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (osConstants.signals[signal] ?? 0)
  })
}

/** Whether this process group is the one that the keyboard of its terminal signals (proc(5): fields 5 and 8 of stat). */
function isInForeground() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[2] === fields[5]
  } catch {
    return process.stdin.isTTY === true
  }
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
