/** The same input to Fabric's own tools and to us, made anew at each run. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import * as fc from 'fast-check'
import { canonicalBytes, canonicalConfigGroup, toHex } from '../codec/index.ts'
import {
  inTemporaryFolder,
  officialDecode,
  officialEncode,
  officialGenesisBlock,
  officialUpdate,
} from '../testing/official-channel.ts'
import { realFabric } from '../testing/real-fabric.ts'
import { bftChannel, raftChannel, wideChannel, withSampleOptions } from '../testing/sample-channels.ts'
import * as config from './index.ts'

const cases = [
  {
    version: '3.1.5',
    channels: [raftChannel, bftChannel, wideChannel, () => withSampleOptions(bftChannel())],
  },
  { version: '2.5.16', channels: [raftChannel, wideChannel] },
] as const

function groupOf(of: common.Config): common.ConfigGroup {
  const group = of.getChannelGroup()
  assert.ok(group)
  return group
}

for (const { version, channels } of cases) {
  const fabric = realFabric(version, ['configtxgen', 'configtxlator'])

  test(`configtxgen ${version} makes the same configs as we, and reads ours`, { skip: fabric.skip }, () => {
    for (const make of channels) {
      const spec = make()
      const theirs = config.configFromBlock(common.Block.deserializeBinary(officialGenesisBlock(fabric, spec))).config
      const ours = config.initialConfig(spec)
      assert.equal(
        toHex(canonicalConfigGroup(groupOf(theirs)).serializeBinary()),
        toHex(groupOf(ours).serializeBinary()),
      )
      inTemporaryFolder((folder) => {
        const file = join(folder, 'ours.block')
        writeFileSync(file, config.genesisBlock(spec).serializeBinary())
        writeFileSync(join(folder, 'configtx.yaml'), 'Profiles: {}\n')
        const args = ['-inspectBlock', file, '-configPath', folder]
        const text = execFileSync(fabric.program('configtxgen'), args, { stdio: 'pipe', encoding: 'utf8' })
        assert.equal(JSON.parse(text).header.number, '0')
      })
    }
  })

  test(`configtxlator ${version} reads our blocks as we do, and writes what we write`, { skip: fabric.skip }, () => {
    for (const make of channels) {
      const block = config.genesisBlock(make()).serializeBinary()
      const text = officialDecode(fabric, 'common.Block', block)
      const ours = config.decodeJson('common.Block', block)
      // 2.5 writes absent bytes as null and 3.1 as an empty text; both mean the same block.
      if (version === '3.1.5') assert.equal(config.formatJson(ours), text)
      assert.deepEqual(config.encodeJson('common.Block', JSON.parse(text)), block)
      const { config: whole } = config.configFromBlock(common.Block.deserializeBinary(block))
      const json = config.formatJson(config.decodeJson('common.Config', whole.serializeBinary()))
      const encoded = config.decodeConfig(officialEncode(fabric, 'common.Config', json))
      assert.equal(toHex(canonicalBytes(encoded)), toHex(canonicalBytes(whole)))
    }
  })
}

// Few names, so that two groups often share some.
const names = fc.constantFrom('A', 'B', 'C', 'D')
const content = fc.record({
  version: fc.nat(3),
  guard: fc.constantFrom('', 'Admins', '/Channel/Orderer/Admins'),
  bytes: fc.constantFrom('', 'x', 'y'),
})
type Content = { readonly version: number; readonly guard: string; readonly bytes: string }
interface Tree {
  readonly self: Content
  readonly values: Record<string, Content>
  readonly policies: Record<string, Content & { readonly hasPolicy: boolean }>
  readonly groups: Record<string, Tree>
}
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    self: content,
    values: fc.dictionary(names, content, { maxKeys: 3 }),
    policies: fc.dictionary(names, fc.record({ ...contentParts(), hasPolicy: fc.boolean() }), { maxKeys: 3 }),
    groups: fc.oneof({ maxDepth: 2 }, fc.constant({}), fc.dictionary(names, tie('tree'), { maxKeys: 3 })),
  }),
}))

function contentParts() {
  return { version: fc.nat(3), guard: fc.constantFrom('', 'Admins'), bytes: fc.constantFrom('', 'x', 'y') }
}

function groupFrom({ self, values, policies, groups }: Tree): common.ConfigGroup {
  const group = new common.ConfigGroup()
  group.setVersion(self.version)
  group.setModPolicy(self.guard)
  for (const [name, { version, guard, bytes }] of Object.entries(values)) {
    const value = new common.ConfigValue()
    value.setVersion(version)
    value.setModPolicy(guard)
    value.setValue(Buffer.from(bytes))
    group.getValuesMap().set(name, value)
  }
  for (const [name, { version, guard, bytes, hasPolicy }] of Object.entries(policies)) {
    const entry = new common.ConfigPolicy()
    entry.setVersion(version)
    entry.setModPolicy(guard)
    const policy = new common.Policy()
    policy.setValue(Buffer.from(bytes))
    if (hasPolicy) entry.setPolicy(policy)
    group.getPoliciesMap().set(name, entry)
  }
  for (const [name, child] of Object.entries(groups)) group.getGroupsMap().set(name, groupFrom(child))
  return group
}

function configFrom(root: Tree): common.Config {
  const made = new common.Config()
  made.setChannelGroup(groupFrom(root))
  return made
}

const current = realFabric('3.1.5', ['configtxlator'])

test('between any two configs we compute the update that configtxlator computes', { skip: current.skip }, () => {
  const pair = fc.oneof(
    fc.tuple(tree, tree),
    tree.map((one): [Tree, Tree] => [one, one]),
  )
  fc.assert(
    fc.property(pair, ([before, after]) => {
      const [original, updated] = [configFrom(before), configFrom(after)]
      const theirs = officialUpdate(current, 'c', original, updated)
      if (!theirs) {
        assert.throws(() => config.computeUpdate('c', original, updated), { code: 'INVALID' })
        return
      }
      const ours = config.computeUpdate('c', original, updated)
      assert.equal(toHex(canonicalBytes(ours)), toHex(canonicalBytes(theirs)))
    }),
    { numRuns: 100 },
  )
})
