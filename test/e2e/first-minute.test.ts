import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import {
  cello,
  clone,
  cutPower,
  events,
  fabric,
  isAlive,
  nodesOf,
  occupy,
  run,
  type Started,
  type Surroundings,
  serverPid,
  start,
  surroundings,
  withoutFabric,
} from './newcomer.ts'

/** What a newcomer may have: Fabric where it is looked for, or nothing but Node. */
const machines: readonly Machine[] = [
  { name: 'real Fabric', skip: fabric.skip, surroundings: () => surroundings(), nodeCount: 7 },
  { name: 'a bare machine', skip: false, surroundings: () => withoutFabric(), nodeCount: 5 },
]

interface Machine {
  readonly name: string
  readonly skip: string | false
  readonly surroundings: () => Surroundings
  /** 3 orderers or the devnode's 1, 2 peers, a contract of each organization. */
  readonly nodeCount: number
}

for (const machine of machines) {
  suite(`the first minute of a newcomer, on ${machine.name}`, { skip: machine.skip }, () => firstMinute(machine))
  suite(`a start that is cut short, on ${machine.name}`, { skip: machine.skip }, () => cutShort(machine))
}

function firstMinute({ surroundings, nodeCount }: Machine): void {
  const at = surroundings()
  const url = `http://127.0.0.1:${at.env['CELLO_PORT']}`
  let server: Started | undefined
  after(async () => server?.[Symbol.asyncDispose]())

  test('npm start --json prints JSON and nothing else, and a committed transaction is among it', async () => {
    server = run('npm', ['start', '--silent', '--', '--json'], at)
    await server.prints(/"event":"ready"/)
    const told = events(server)
    const order = ['serving', 'network-accepted', 'first-commit', 'first-query', 'ready']
    assert.deepEqual(
      told.map(({ event }) => event).filter((event) => order.includes(String(event))),
      order,
    )
    const committed = told.find(({ event }) => event === 'first-commit')
    assert.deepEqual(Object.keys(committed ?? {}), ['event', 'network', 'txId', 'block', 'ms', 'sinceStartMs'])
    assert.equal(committed?.['network'], 'demo')
    assert.match(String(committed?.['txId']), /^[0-9a-f]{64}$/)
    assert.ok(Number(committed?.['block']) >= 3, 'genesis, approvals and commit came before')
    assert.ok(Number(committed?.['ms']) > 0 && Number(committed?.['ms']) < Number(committed?.['sinceStartMs']))
  })

  test('while it runs, another start says where, and has nothing to do', async () => {
    await using other = start(at)
    assert.equal(await other.ended(), 0, other.stderr())
    assert.match(other.stdout(), new RegExp(`Cello runs already, at ${url}`))
    await using third = start(at, '--json')
    assert.equal(await third.ended(), 0, third.stderr())
    assert.deepEqual(events(third), [{ event: 'running', url }])
  })

  test('Ctrl-C stops the server, leaves the nodes running, and the stop is told', async () => {
    const nodes = nodesOf(at.dataDir)
    server?.interrupt()
    // npm itself ends by the signal, whatever its program ends with.
    await server?.ended()
    assert.deepEqual(events(server as Started).at(-1), { event: 'stopped' })
    assert.deepEqual(nodesOf(at.dataDir), nodes)
    assert.ok(nodes.length >= nodeCount)
  })

  test('a second start finds the network again, with the nodes that ran on, and prints for people', async () => {
    const nodes = nodesOf(at.dataDir)
    server = start(at)
    await server.prints(/found again/)
    await server.prints(/Leave[^]+\n {2}First transaction .+ after the installation\.\n/)
    assert.deepEqual(nodesOf(at.dataDir), nodes, 'none was made or started anew')
    assert.ok(!server.stdout().includes('\u001b'), 'no colours and no cursor off a terminal')
    const long = server
      .stdout()
      .split('\n')
      .filter((line) => line.length > 80 && !line.includes('readFileSync(') && !line.includes(', data in '))
    assert.deepEqual(long, [], 'nothing wraps in a terminal of 80 columns')
  })

  test('the printed application runs as it is printed', async () => {
    const [, source] = /\n(import \{ readFileSync[^]+?)\n\n/.exec(server?.stdout() ?? '') ?? []
    assert.ok(source !== undefined)
    assert.equal(source.split('\n').length, 10)
    const folder = mkdtempSync(join(tmpdir(), 'cello-e2e-app-'))
    try {
      symlinkSync(join(clone, 'node_modules'), join(folder, 'node_modules'))
      const file = join(folder, 'app.mts')
      writeFileSync(file, source)
      await using application = run(process.execPath, [file], at)
      assert.equal(await application.ended(), 0, application.stderr())
      assert.match(application.stdout(), /^\d+ \{\s+result: .*a kite.*Grace/)
      assert.equal(application.stderr(), '')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('Ctrl-C says what goes on and which command stops it', async () => {
    server?.interrupt()
    assert.equal(await server?.ended(), 0)
    assert.match(
      server?.stdout() ?? '',
      /The server has stopped; networks go on running\.\n.*npm start.*\n.*npx cello down .*stops them/,
    )
    assert.ok(nodesOf(at.dataDir).length >= nodeCount)
  })

  test('a busy port is passed over, and the next free one is named', async () => {
    using _taken = await occupy(Number(at.env['CELLO_PORT']))
    server = start(at)
    const [, port] = await server.prints(/Cello at http:\/\/127\.0\.0\.1:(\d+) \(port \d+ is taken\)/)
    assert.ok(Number(port) > Number(at.env['CELLO_PORT']))
    await server.prints(/First transaction/)
  })

  test('after a power cut nothing runs, and one start brings back the server and every node', async () => {
    const before = nodesOf(at.dataDir)
    await cutPower([serverPid(at), ...before])
    await server?.[Symbol.asyncDispose]()
    assert.deepEqual(nodesOf(at.dataDir), [])
    server = start(at)
    await server.prints(/First transaction/)
    assert.equal(nodesOf(at.dataDir).length, before.length)
    await using shown = cello(at, 'network', 'show', 'demo', '-o', 'json')
    assert.equal(await shown.ended(), 0, shown.stderr())
    assert.equal(JSON.parse(shown.stdout()).state, 'running')
  })

  test('a server that is there and does not answer is told from one that is not', async () => {
    const pid = serverPid(at)
    process.kill(pid, 'SIGSTOP')
    try {
      await using other = start(at)
      assert.equal(await other.ended(), 1)
      assert.match(other.stderr(), /^\s+[^\n]+\n\s*$/, 'one sentence')
      assert.match(other.stderr(), new RegExp(`process ${pid}.*does not answer`))
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  })

  test('cello down stops nodes and server', async () => {
    const pid = serverPid(at)
    await using down = cello(at, 'down')
    assert.equal(await down.ended(), 0, down.stderr())
    assert.deepEqual(nodesOf(at.dataDir), [])
    assert.equal(isAlive(pid), false)
    assert.equal(await server?.ended(), 0)
    assert.match(server?.stdout() ?? '', /The server has stopped, and no network runs\./)
  })

  test('a start after it starts the network too, and works on it', async () => {
    server = start(at, '--json')
    await server.prints(/"event":"first-query"/)
    assert.ok(nodesOf(at.dataDir).length >= nodeCount)
    server.interrupt()
    await server.ended()
  })

  test('cello down --delete leaves nothing, though no server runs', async () => {
    await using unsure = cello(at, 'down', '--delete')
    assert.equal(await unsure.ended(), 2, 'nobody can be asked')
    // As after a reboot: what a killed server wrote down names a process of somebody else.
    const stale = { url: 'http://127.0.0.1:1', pid: process.pid, startedAt: 1 }
    writeFileSync(join(at.dataDir, 'server.json'), JSON.stringify(stale))
    await using down = cello(at, 'down', '--delete', '--yes')
    assert.equal(await down.ended(), 0, down.stderr())
    assert.deepEqual(nodesOf(at.dataDir), [])
    assert.equal(existsSync(at.dataDir), false)
  })
}

function cutShort({ surroundings, nodeCount }: Machine): void {
  const at = surroundings()

  test('a server killed in mid-create goes on where it was, and nothing is made twice', async () => {
    await using first = start(at, '--json')
    await first.prints(/"event":"network-accepted"/)
    await cutPower([serverPid(at)])
    await using second = start(at, '--json')
    await second.prints(/"event":"ready"/)
    const told = events(second).map(({ event }) => event)
    assert.ok(told.includes('network-found'))
    await using listed = cello(at, 'node', 'list', '-n', 'demo', '-o', 'json')
    assert.equal(await listed.ended(), 0, listed.stderr())
    const nodes: { state: string }[] = JSON.parse(listed.stdout())
    assert.deepEqual(
      nodes.map(({ state }) => state),
      Array(nodeCount).fill('running'),
    )
    await using down = cello(at, 'down', '--delete', '--yes')
    assert.equal(await down.ended(), 0, down.stderr())
    assert.equal(await second.ended(), 0)
    assert.equal(existsSync(at.dataDir), false)
  })
}
