import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { poll } from '@cello/kit'
import { fabric3 } from '../runtimes.ts'
import { type Cello, startCello } from './cello.ts'
import { processesOf } from './machine.ts'
import { ended, succeeded, tinyNetwork } from './wanted.ts'

const network = 'reef'
const params = { network }
const node = 'Org1/peer0'

suite('what is wrong with a machine is said in words, and can be mended', { skip: fabric3.skip }, () => {
  let cello: Cello
  before(async () => {
    cello = await startCello({ runtime: fabric3 })
    await succeeded(cello, cello.client.networks.create({ body: tinyNetwork(network) }))
  })
  after(() => cello[Symbol.asyncDispose]())

  /** Where the copy of `peer` lies that the nodes of this server are started from. */
  const program = () => {
    const root = join(cello.dataDir, 'programs')
    const digest = readdirSync(root).find((name) => readdirSync(join(root, name)).includes('peer'))
    return join(root, digest ?? '', 'peer')
  }
  /** Stops the peer, lets `harm` happen, sees that its start fails so, mends it, and sees that a retry goes through. */
  const startFails = async (code: string, harm: () => Promise<() => void> | (() => void), says: RegExp) => {
    await succeeded(cello, cello.client.nodes.stop({ params: { network, node } }))
    const mend = await harm()
    const failed = await ended(cello, cello.client.nodes.start({ params: { network, node } }))
    try {
      assert.equal(failed.state, 'failed')
      assert.equal(failed.error?.code, code, failed.error?.message)
      assert.match(`${failed.error?.message} ${failed.error?.lastLines?.join(' ')}`, says)
    } finally {
      mend()
    }
    await succeeded(cello, cello.client.operations.retry({ params: { operation: failed.id } }))
    assert.equal((await cello.client.nodes.get({ params: { network, node } })).state, 'running')
  }

  test('a program that is gone', () =>
    startFails(
      'PROGRAM_MISSING',
      () => {
        renameSync(program(), join(cello.dataDir, 'away'))
        const place = join(cello.dataDir, 'programs')
        const folder = readdirSync(place).find((name) => readdirSync(join(place, name)).length === 0) ?? ''
        return () => renameSync(join(cello.dataDir, 'away'), join(place, folder, 'peer'))
      },
      /peer/,
    ))

  test('a program that was changed', () =>
    startFails(
      'PROGRAM_CHANGED',
      () => {
        const path = program()
        const bytes = readFileSync(path)
        unlinkSync(path)
        writeFileSync(path, '#!/bin/sh\nexit 0\n', { mode: 0o555 })
        return () => {
          unlinkSync(path)
          writeFileSync(path, bytes, { mode: 0o555 })
          chmodSync(path, 0o555)
        }
      },
      /digest/,
    ))

  test('a port that somebody else took', async () => {
    const { ports } = await cello.client.nodes.get({ params: { network, node } })
    await startFails(
      'PORT_TAKEN',
      async () => {
        const server = createServer((socket) => socket.destroy())
        await new Promise<void>((resolve) => server.listen(ports.service, '127.0.0.1', resolve))
        return () => void server.close()
      },
      new RegExp(String(ports.service)),
    )
  })

  test('a node that dies at once, with the last lines that it wrote', async () => {
    const { id } = await cello.client.nodes.get({ params: { network, node } })
    const ledger = join(cello.dataDir, 'nodes', id, 'data', 'ledgersData')
    await startFails(
      'NODE_EXITED',
      () => {
        renameSync(ledger, `${ledger}.away`)
        writeFileSync(ledger, 'no folder')
        return () => {
          unlinkSync(ledger)
          renameSync(`${ledger}.away`, ledger)
        }
      },
      /ledgersData/,
    )
  })
})

suite('a disk that is full', { skip: fabric3.skip || cannotMount() }, () => {
  test('a network that does not fit fails with that cause, and goes on once there is space', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'full-'))
    // Programs fit (some 100 MB), ledgers beside what fills the rest do not.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', dataDir])
    const stuffing = join(dataDir, 'stuffing')
    try {
      await using cello = await startCello({ runtime: fabric3, dataDir })
      await succeeded(cello, cello.client.networks.create({ body: tinyNetwork('first') }))
      await succeeded(cello, cello.client.networks.delete({ params: { network: 'first' } }))
      fill(stuffing)
      const refused = await cello.client.networks.create({ body: tinyNetwork(network) }).then(
        (operation) => ended(cello, Promise.resolve(operation)).then(({ error }) => error?.code),
        (error: { code?: string }) => error.code,
      )
      assert.ok(['DISK_FULL', 'STORAGE_FULL'].includes(refused ?? ''), refused)
      rmSync(stuffing)
      const made = await poll(
        async () => {
          const found = await cello.client.networks.get({ params }).catch(() => undefined)
          if (!found)
            return cello.client.networks.create({ body: tinyNetwork(network) }).then(
              () => undefined,
              () => undefined,
            )
          if (found.operation?.state === 'failed') {
            await cello.client.operations.retry({ params: { operation: found.operation.id } })
          }
          return found.state === 'running' || undefined
        },
        { timeoutMs: 180_000, everyMs: 500 },
      )
      assert.ok(made, 'it runs once there is space')
      await succeeded(cello, cello.client.networks.delete({ params }))
      assert.deepEqual(processesOf(dataDir), [])
    } finally {
      execFileSync('umount', ['-l', dataDir])
      rmSync(dataDir, { recursive: true })
    }
  })
})

/** Writes until nothing more fits. */
function fill(path: string): void {
  const block = Buffer.alloc(1 << 20)
  for (const bytes of [block, block.subarray(0, 4_096)]) {
    try {
      for (;;) writeFileSync(path, bytes, { flag: 'a' })
    } catch {
      // Full.
    }
  }
}

function cannotMount(): string | false {
  const dir = mkdtempSync(join(tmpdir(), 'mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'ignore' })
    execFileSync('umount', [dir])
    return false
  } catch {
    return 'a small file system cannot be mounted here'
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
