import assert from 'node:assert/strict'
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, suite, test } from 'node:test'
import type { Operation } from '@cello/api'
import { poll } from '@cello/kit'
import { listenOnLoopback } from '@cello/server/http'
import { parse } from 'yaml'
import { openPlatform, type Platform } from '../simulation/platform.ts'
import { openServed, type Served, token } from './served.ts'

const cliFolder = join(import.meta.dirname, '../../apps/cli')

/** Milliseconds that anything may take on a busy machine. */
const patienceMs = 60_000

interface Told {
  readonly code: number
  readonly out: string
  readonly err: string
}

suite('the command line against a server', () => {
  let lines: ChildProcessWithoutNullStreams
  let answers: AsyncIterator<string>
  let platform: Platform
  let served: Served
  let folder: string
  let url: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cello-cli-'))
    platform = await openPlatform()
    served = await openServed({}, async () => platform)
    url = (await listenOnLoopback(served.app, 0)).url
    lines = start(join(cliFolder, 'testing/lines-program.ts'))
    answers = createInterface({ input: lines.stdout })[Symbol.asyncIterator]()
  })
  after(async () => {
    lines.kill()
    await served[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const surroundings = () => ({
    env: { PATH: process.env['PATH'], HOME: folder, CELLO_DATA: folder, CELLO_URL: url, CELLO_TOKEN: token },
    cwd: folder,
  })
  const start = (file: string, args: readonly string[] = []) =>
    spawn(process.execPath, [file, ...args], { ...surroundings(), stdio: ['pipe', 'pipe', 'pipe'] })
  /** A command as a process of its own, for what only a process can be told. */
  const begin = (args: readonly string[]) => {
    const child = start(join(cliFolder, 'main.ts'), args)
    const text = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (more: string) => (text.out += more))
    child.stderr.setEncoding('utf8').on('data', (more: string) => (text.err += more))
    return { child, text, code: ended(child) }
  }
  const cello = async (line: string): Promise<Told> => {
    lines.stdin.write(`${line}\n`)
    const { value } = await answers.next()
    return JSON.parse(String(value))
  }
  /** What it prints, where it goes well. */
  const prints = async (line: string) => {
    const { code, out, err } = await cello(line)
    assert.equal(code, 0, `${line}: ${err}`)
    return out
  }

  test('a network is made, called, and known by what scripts are given of it', async () => {
    assert.equal(await prints('network create demo --wait -o name'), 'demo\n')
    const digest = await platform.keepPackage('assets', '1.0')
    const deployed = await prints(
      `contract deploy --package ${digest.slice(0, 12)} --name assets --version 1.0 -o json`,
    )
    assert.equal((JSON.parse(deployed) as Operation).state, 'succeeded', 'what the table shows of a digest is enough')
    const sent: { txId: string } = JSON.parse(await prints('contract invoke assets put tea green -o json'))
    assert.equal(await prints('contract query assets get tea'), 'green\n')
    const shown = JSON.parse(await prints(`transaction show ${sent.txId.slice(0, 16)} -o json`))
    assert.ok(JSON.stringify(shown).includes(sent.txId), 'and of a transaction id')
  })

  test('whatever shows something shows it to scripts', async () => {
    const shows = [
      'network list',
      'network show',
      'network connect',
      'node list',
      'node show Org1/peer0',
      'node stats',
      'node stats Org1/peer0',
      'node logs Org1/peer0 --tail 2',
      'channel list',
      'channel show',
      'contract list',
      'contract show assets',
      'package list',
      'identity list',
      'certificate list',
      'block list',
      'block show 0',
      'transaction list',
      'operation list',
      'fabric list',
    ]
    for (const line of shows) assert.ok(JSON.parse(await prints(`${line} -o json`)), line)
    for (const line of ['network list', 'node logs Org1/peer0 --tail 2']) {
      assert.ok(Array.isArray(parse(await prints(`${line} -o yaml`))), line)
    }
  })

  test('a document is read, edited, planned and applied, and a plan that is refused says so by its code', async () => {
    const file = join(folder, 'demo.yaml')
    writeFileSync(file, (await prints('network show demo --document')).replace('name: peer0', 'name: peer7'))
    const steps = (await prints(`network plan -f ${file} -o name`)).trim().split('\n')
    assert.ok(
      steps.some((step) => step.startsWith('ensure-node/')) && steps.some((step) => step.startsWith('remove-node/')),
    )
    assert.match(await prints(`network plan -f ${file}`), /Org1\/peer7/)
    await prints(`network apply -f ${file}`)
    assert.equal(await prints(`network plan -f ${file}`), '')
    writeFileSync(file, (await prints('network show demo --document')).replace('name: main', 'name: other'))
    for (const form of ['table', 'json']) {
      const { code, err } = await cello(`network plan -f ${file} -o ${form}`)
      assert.equal(code, 5, err)
      assert.doesNotMatch(err, /Nothing is to be done/)
    }
  })

  test('a key that is made here stays here, and what the server certified lies beside it', async () => {
    const own = join(folder, 'olga')
    await prints(`identity create olga --organization Org1 --own ${own}`)
    const key = join(own, 'msp/keystore/priv_sk')
    assert.match(readFileSync(key, 'utf8'), /PRIVATE KEY/)
    assert.deepEqual([statSync(key).mode & 0o777, statSync(join(own, 'msp')).mode & 0o777], [0o600, 0o700])
    assert.deepEqual(readdirSync(join(own, 'msp')).sort(), [
      'cacerts',
      'config.yaml',
      'keystore',
      'signcerts',
      'tlscacerts',
    ])
    const [olga]: { custody: string }[] = JSON.parse(await prints('identity list -o json')).filter(
      ({ name }: { name: string }) => name === 'olga',
    )
    assert.equal(olga?.custody, 'own')
    const again = await cello(`identity create olga --organization Org1 --own ${own}`)
    assert.equal(again.code, 5, again.err)
    const held = await cello('identity create olga --organization Org1')
    assert.deepEqual([held.code, held.err.split('\n')[0]], [5, 'error There is a user named Org1/olga already.'])
  })

  test('an application and the official tools are told how to connect', async () => {
    const profile = JSON.parse(await prints('network connect demo --profile'))
    assert.deepEqual(parse(await prints('network connect demo --profile yaml')), profile)
    assert.ok('organizations' in profile && 'peers' in profile)
    const variables = await prints(`network connect demo --env ${join(folder, 'tools')}`)
    assert.match(variables, /^export CORE_PEER_ADDRESS=\S+:\d+$/m)
    const root = /^export CORE_PEER_TLS_ROOTCERT_FILE=(\S+)$/m.exec(variables)?.[1]
    assert.ok(root?.startsWith(folder) && statSync(root).isFile(), variables)
  })

  test('Ctrl-C leaves an operation and says how to come back, and a log that was followed', async () => {
    await platform.ledgers.setLatency(2_000)
    const { child, text, code } = begin(['network', 'create', 'slow'])
    await says(text, /create network slow/)
    child.kill('SIGINT')
    assert.equal(await code, 130)
    const [, id] = /Detached; the server works on\.\n.*`cello operation watch (\S+)`/.exec(text.err) ?? []
    assert.ok(id, text.err)
    await platform.ledgers.setLatency(0)
    const watched = JSON.parse(await prints(`operation watch ${id} -o json`)) as Operation
    assert.equal(watched.state, 'succeeded')

    const following = begin(['node', 'logs', '-f', 'Org1/peer0', '-n', 'slow', '-o', 'json'])
    await says(following.text, /\n/, 'out')
    following.child.kill('SIGINT')
    assert.equal(await following.code, 0, following.text.err)
    for (const line of following.text.out.trim().split('\n')) assert.equal(typeof JSON.parse(line).text, 'string')
  })

  test('a log that is followed ends with whoever reads it', async () => {
    const { child, text, code } = begin(['node', 'logs', '-f', 'Org1/peer0', '-n', 'slow'])
    await says(text, /\n/, 'out')
    child.stdout.destroy()
    const { id } = JSON.parse(await prints('node show Org1/peer0 -n slow -o json'))
    const writing = setInterval(() => void platform.nodes.writeLog(id, 'nobody reads this'), 100)
    assert.equal(await code, 0, text.err)
    clearInterval(writing)
  })

  test('what is told on the way may have no reader; data that cannot be written is an error in one line', async () => {
    const { child, text, code } = begin(['network', 'restart', 'slow'])
    await says(text, /restart network slow/)
    child.stderr.destroy()
    assert.equal(await code, 0)
    await using full = await open('/dev/full', 'w')
    const listing = spawn(process.execPath, [join(cliFolder, 'main.ts'), 'network', 'list'], {
      ...surroundings(),
      stdio: ['ignore', full.fd, 'pipe'],
    })
    let said = ''
    listing.stderr?.setEncoding('utf8').on('data', (more: string) => (said += more))
    assert.deepEqual(
      [await ended(listing), said.replace(/ENOSPC.*/, '')],
      [1, 'error The output cannot be written: \n'],
    )
  })

  test('an operation is cancelled, and its network deleted', async () => {
    await platform.ledgers.setLatency(2_000)
    const id = (await prints('network create doomed --no-wait')).trim()
    const cancelled = JSON.parse(await prints(`operation cancel ${id} -o json`)) as Operation
    assert.equal(cancelled.state, 'cancelled')
    await platform.ledgers.setLatency(0)
    const retried = await cello(`operation retry ${id}`)
    assert.equal(retried.code, 5, 'what was cancelled has ended')
    await prints('network delete doomed --yes')
    assert.doesNotMatch(await prints('network list -o name'), /doomed/)
  })

  test('what is wrong in what was given is told once, by its place', async () => {
    const { code, err } = await cello('operation show x')
    assert.deepEqual([code, err], [2, 'error operation: give the id of an operation\n'])
    assert.match((await cello('network create Lab')).err, /^error name: use 1–40 lower-case letters[^\n]*\n$/m)
    const misspelt = await cello('node show peer0 -n demo')
    assert.deepEqual([misspelt.code, misspelt.err.split('\n').length], [2, 2], misspelt.err)
    assert.match(misspelt.err, /^error node: give .* Organization\/node, such as Org1\/peer0/)
  })

  test('of what is not there it is said which command lists those that are', async () => {
    const missing = {
      'network show nope': 'network list',
      'node show Org1/nope -n demo': 'node list',
      'channel show nope -n demo': 'channel list',
      'contract show nope -n demo': 'contract list',
      'block show 9999 -n demo': 'block list',
      'transaction show nope -n demo': 'transaction list',
      'operation show 00000000-0000-7000-8000-000000000001': 'operation list',
      'contract query assets get x --as nobody -n demo': 'identity list',
    }
    for (const [line, lists] of Object.entries(missing)) {
      const { code, err } = await cello(line)
      assert.deepEqual(
        [code, err.split('\n')[1]],
        [3, ` next \`cello ${lists}\` shows what there is.`],
        `${line}: ${err}`,
      )
    }
    const nobody = await cello('contract query assets get x --as nobody -n demo')
    assert.match(nobody.err, /^error There is no user Org1\/nobody\.$/m)
  })

  test('a shell is given a script that asks us', async () => {
    const { text, code } = begin(['completion', 'bash'])
    assert.equal(await code, 0, text.err)
    assert.match(text.out, /cello complete --/)
    assert.equal((await cello('completion tcsh')).code, 2)
  })

  test('of two networks one must be named, where and as the command takes it', async () => {
    const { code, err } = await cello('network show')
    assert.equal(code, 2)
    assert.match(err, /There are 2 networks: demo and slow\.\n.*its name behind the command/)
  })
})

async function ended(child: ChildProcess): Promise<number | null> {
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  return code
}

async function says(text: { out: string; err: string }, pattern: RegExp, stream: 'out' | 'err' = 'err'): Promise<void> {
  const said = await poll(async () => pattern.test(text[stream]) || undefined, { timeoutMs: patienceMs })
  assert.ok(said, `${pattern} is not in ${JSON.stringify(text)}`)
}
