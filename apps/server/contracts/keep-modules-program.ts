/*
 * A program of its own, started by kept-modules.ts with a folder as its argument that has the shipped packages in node_modules and
 * kept-modules.cjs in node_modules/.cello: starts a small contract as its node would, calls it once, and keeps the modules that this
 * took, with V8's compiled code of them. What users wrote is never run here.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Script } from 'node:vm'

/** What is used of fabric-shim. */
interface Bootstrap {
  getInfoFromContract(folder: string): Readonly<Record<'contracts' | 'serializers' | 'title' | 'version', unknown>>
  getMetadata(folder: string): Promise<unknown>
  register(...contract: unknown[]): Promise<void>
}

interface Found {
  readonly source: string
  readonly needs: (specifier: string) => string | undefined
}

interface KeptModules {
  readonly files: Readonly<Record<'index' | 'sources' | 'code', string>>
  readonly moduleLoader: (
    find: (path: string) => Found,
    onScript: (path: string, script: Script) => void,
  ) => (path: string) => Bootstrap
  readonly wrapped: (text: string) => string
}

interface FirstCall {
  readonly callOnce: (address: string, args: readonly string[], packages: object) => Promise<number>
}

interface Taken {
  readonly source: string
  readonly needs: Record<string, string>
  script?: Script
}

// Node knows modules by their real paths.
const folder = realpathSync(process.argv[2] ?? '')
const root = join(folder, 'node_modules')
const below = (path: string) => path.slice(root.length + 1)
const ours = createRequire(import.meta.url)
const { files, moduleLoader, wrapped }: KeptModules = ours(join(root, '.cello', 'kept-modules.cjs'))
const firstCall: FirstCall = ours('./first-call.cjs')
const taken = new Map<string, Taken>()

function take(path: string): Found {
  const one: Taken = { source: wrapped(readFileSync(path, 'utf8')), needs: {} }
  taken.set(path, one)
  const { resolve } = createRequire(path)
  const needs = (specifier: string) => {
    const found = isBuiltin(specifier) ? '' : resolve(specifier)
    if (!found.startsWith(`${root}/`) || !/\.c?js$/.test(found)) return undefined
    one.needs[specifier] = below(found)
    return found
  }
  return { source: one.source, needs }
}

/** Enough of a contract for everything to be loaded that a start and a call take. */
async function startContract(bootstrap: Bootstrap): Promise<void> {
  const contract = join(folder, 'contract')
  mkdirSync(contract)
  writeFileSync(join(contract, 'package.json'), '{"name":"small","version":"1.0.0","main":"index.js"}')
  writeFileSync(join(contract, 'index.js'), smallContract)
  const { contracts, serializers, title, version } = bootstrap.getInfoFromContract(contract)
  const metadata = await bootstrap.getMetadata(contract)
  const start = (address: string) =>
    bootstrap.register(contracts, serializers, metadata, title, version, { ccid: 'small:1', address }, true)
  await start('127.0.0.1:0')
  // The port is not told; and a socket's path must be short.
  const place = mkdtempSync(join(tmpdir(), 'cello-'))
  try {
    const address = `unix:${join(place, 'contract')}`
    await start(address)
    await callOnce(address)
  } finally {
    rmSync(place, { recursive: true })
  }
}

async function callOnce(address: string): Promise<void> {
  const asContracts: (name: string) => object = createRequire(join(root, 'any.js'))
  const packages = { ...asContracts('@hyperledger/fabric-protos'), grpc: asContracts('@grpc/grpc-js') }
  const status = await firstCall.callOnce(address, ['get', 'a'], packages)
  if (status !== 200) throw new Error(`the small contract answered with ${status}`)
}

function keep(): void {
  const index: Record<string, object> = {}
  const sources = pieces()
  const code = pieces()
  for (const [path, { source, needs, script }] of taken) {
    if (!script) throw new Error(`${path} was not compiled`)
    index[below(path)] = { source: sources.add(Buffer.from(source)), code: code.add(script.createCachedData()), needs }
  }
  writeFileSync(files.index, JSON.stringify(index))
  writeFileSync(files.sources, sources.whole())
  writeFileSync(files.code, code.whole())
}

/** Many pieces in one, each at a multiple of 8: elsewhere V8 would copy its code. */
function pieces() {
  const parts: Buffer[] = []
  let bytes = 0
  return {
    /** @returns where it begins and ends */
    add(piece: Buffer): readonly [number, number] {
      const range = [bytes, bytes + piece.length] as const
      const padding = Buffer.alloc(-piece.length & 7)
      parts.push(piece, padding)
      bytes += piece.length + padding.length
      return range
    },
    whole: () => Buffer.concat(parts),
  }
}

/** What the TypeScript compiler makes of decorators, by hand. */
const smallContract = `
const { Context, Contract, Info, Object: Type, Property, Returns, Transaction } = require('fabric-contract-api')
class Thing {}
Reflect.metadata('design:type', String)(Thing.prototype, 'id')
Property()(Thing.prototype, 'id')
Type()(Thing)
class Small extends Contract {
  async get(ctx, id) { return String(await ctx.stub.getState(id)) }
}
Reflect.metadata('design:paramtypes', [Context, String])(Small.prototype, 'get')
Reflect.metadata('design:returntype', Promise)(Small.prototype, 'get')
Returns('Thing')(Small.prototype, 'get')
Transaction(false)(Small.prototype, 'get')
Info({ title: 'Small', description: 'Started once.' })(Small)
exports.contracts = [Small]
`

try {
  const load = moduleLoader(take, (path, script) => {
    const one = taken.get(path)
    if (one) one.script = script
  })
  await startContract(load(join(root, 'fabric-shim/lib/contract-spi/bootstrap.js')))
  keep()
  // The contract's server is still there.
  process.exit()
} catch (error) {
  // fabric-shim keeps a process alive whatever nobody catches.
  process.stderr.write(`${inspect(error)}\n`)
  process.exit(1)
}
