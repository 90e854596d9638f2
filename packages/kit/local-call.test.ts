import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { callProxy, type ErrorCoding, serveCalls } from './local-call.ts'
import { Secret } from './secret.ts'

class Coded extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

const errors: ErrorCoding = {
  encode: (error) => (error instanceof Coded ? { code: error.code } : { code: String(error) }),
  decode(encoded) {
    const { code }: { code?: string } = Object(encoded)
    return new Coded(code ?? '')
  },
}

class Target {
  aborted: unknown[] = []

  async echo(value: unknown): Promise<unknown> {
    return value
  }

  async fail(): Promise<void> {
    throw new Coded('BROKEN')
  }

  wait({ signal }: { signal: AbortSignal }): Promise<void> {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        this.aborted.push(signal.reason)
        reject(new Coded('ABORTED'))
      })
    })
  }

  async never(): Promise<void> {
    await new Promise(() => {})
  }
}

async function serve(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'call-'))
  const path = join(folder, 's')
  const target = new Target()
  const server = await serveCalls({ path, target, errors })
  const proxy = callProxy<Target>({ path, errors, lost: () => new Coded('LOST') })
  context.after(async () => {
    await proxy[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  return { path, target, server, proxy }
}

test('plain data and bytes come back as they were sent', async (context) => {
  const { proxy } = await serve(context)
  const value = { a: [1, 'zwei\n', null, true], bytes: new Uint8Array([0, 255, 10]), deep: { bytes: new Uint8Array() } }
  assert.deepEqual(await proxy.echo(value), value)
  assert.equal(await proxy.echo(undefined), undefined)
  const big = 'x'.repeat(5_000_000)
  assert.equal(await proxy.echo(big), big)
})

test('a buffer arrives as bytes, and a secret or a function is not sent at all', async (context) => {
  const { proxy } = await serve(context)
  assert.deepEqual(await proxy.echo(Buffer.from('hi')), new Uint8Array([104, 105]))
  await assert.rejects(proxy.echo({ key: new Secret('s') }), TypeError)
  await assert.rejects(
    proxy.echo(() => 1),
    TypeError,
  )
})

test('an error arrives by the coding that was given', async (context) => {
  const { proxy } = await serve(context)
  await assert.rejects(proxy.fail(), { code: 'BROKEN' })
})

test('nothing but methods can be called', async (context) => {
  const { path } = await serve(context)
  await using proxy = callProxy<Record<string, () => Promise<unknown>>>({ path, errors, lost: () => new Coded('LOST') })
  for (const name of ['aborted', 'hasOwnProperty', 'constructor_', 'nothing']) {
    await assert.rejects(async () => proxy[name]?.(), /there is no method/)
  }
})

test('a signal that fires reaches the other side, and one that fired before sends nothing', async (context) => {
  const { proxy, target } = await serve(context)
  const controller = new AbortController()
  const waiting = proxy.wait({ signal: controller.signal })
  await proxy.echo('the call has arrived')
  controller.abort(new Coded('ENOUGH'))
  await assert.rejects(waiting, { code: 'ENOUGH' })
  await proxy.echo('so has the abort')
  assert.equal(target.aborted.length, 1)
  await assert.rejects(proxy.wait({ signal: controller.signal }), { code: 'ENOUGH' })
  assert.equal(target.aborted.length, 1)
})

test('calls answer in any order, a thousand at once', async (context) => {
  const { proxy } = await serve(context)
  const numbers = Array.from({ length: 1000 }, (_, number) => number)
  assert.deepEqual(await Promise.all(numbers.map((number) => proxy.echo(number))), numbers)
})

test('a server that goes away loses the calls under way, and the next one finds the server that came after', async (context) => {
  const { proxy, server, path, target } = await serve(context)
  const lost = assert.rejects(proxy.never(), { code: 'LOST' })
  await proxy.echo('the call has arrived')
  await server[Symbol.asyncDispose]()
  await lost
  await assert.rejects(proxy.echo(1), { code: 'LOST' })
  await using again = await serveCalls({ path, target, errors })
  assert.ok(again)
  assert.equal(await proxy.echo(2), 2)
})

test('two servers do not share a path', async (context) => {
  const { path, target } = await serve(context)
  await assert.rejects(serveCalls({ path, target, errors }), { code: 'EADDRINUSE' })
})
