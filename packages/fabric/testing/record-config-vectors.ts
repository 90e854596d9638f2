/**
 * Makes the vectors in test/vectors/config anew, with new throw-away certificates, where Fabric's tools are installed:
 * run this file with Node 24, with `channels`, `options`, `transaction` or `policies` to make only these. Not part of any test run.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { common, orderer } from '@hyperledger/fabric-protos'
import { canonicalBytes, toHex } from '../codec/index.ts'
import { type ChannelSpec, configFromBlock } from '../config/index.ts'
import { vectorConfig, vectorFolder, vectorNames, vectorSpecs } from './config-vectors.ts'
import { officialDecode, officialGenesisBlock, officialUpdate } from './official-channel.ts'
import { type RealFabric, realFabric } from './real-fabric.ts'
import { bftChannel, raftChannel, wideChannel, withSampleOptions } from './sample-channels.ts'
import { transactionBlock } from './sample-transaction.ts'
import { sampleUpdates } from './sample-updates.ts'

const current = realFabric('3.1.5', ['configtxgen', 'configtxlator'])
const previous = realFabric('2.5.16', ['configtxgen', 'configtxlator'])

const acceptedPolicies = [
  "OR('Org1MSP.peer')",
  "AND('Org1MSP.peer')",
  "And('Org1MSP.member', 'Org2MSP.admin')",
  "Or('Org1MSP.client', 'Org2MSP.orderer', 'Org-3.x.peer')",
  "OutOf(2, 'Org1MSP.peer', 'Org2MSP.peer', 'Org3MSP.peer')",
  "outof('1', 'Org1MSP.peer', 'Org2MSP.peer')",
  "OUTOF(0, 'Org1MSP.peer')",
  "OutOf(2, 'Org1MSP.peer')",
  "OR('Org1MSP.member', AND('Org2MSP.peer', 'Org3MSP.admin'))",
  "OutOf(2, OR('A.peer', OutOf(1, 'B.peer', 'C.peer')), 'D.admin', AND('E.client', 'F.orderer'), 'G.peer')",
  'AND("Org1MSP.peer",  "Org1MSP.peer")',
]
/** Fabric 3 takes lower-case `and` and `or` for operators and refuses them; 2.5 takes them. */
const formerlyAcceptedPolicies = ["or('Org1MSP.client', 'Org2MSP.orderer')", "and('Org1MSP.member', 'Org2MSP.admin')"]
const refusedPolicies = [
  '',
  'Org1MSP.peer',
  "AND('Org1MSP.boss')",
  "AND('Org1_MSP.peer')",
  "OutOf(3, 'Org1MSP.peer')",
  "OutOf('Org1MSP.peer')",
  'AND()',
  "AND('Org1MSP.peer'",
  "AND('Org1MSP.peer') AND('Org2MSP.peer')",
  "aNd('Org1MSP.peer')",
  "NOT('Org1MSP.peer')",
  "OutOf(-1, 'Org1MSP.peer')",
]

function write(file: string, content: string | Uint8Array): void {
  writeFileSync(new URL(file, vectorFolder), content)
}

function recordChannel(fabric: RealFabric, file: string, spec: ChannelSpec): void {
  const block = officialGenesisBlock(fabric, spec)
  write(`${file}.block`, block)
  write(`${file}.json`, officialDecode(fabric, 'common.Block', block))
}

function withPolicies(texts: readonly string[]): ChannelSpec {
  const spec = raftChannel()
  const policies = Object.fromEntries(texts.map((rule, index) => [`P${index}`, { type: 'Signature' as const, rule }]))
  return { ...spec, application: { ...spec.application, policies } }
}

function policyEncodings(fabric: RealFabric, texts: readonly string[]): [text: string, encoding: string][] {
  const block = officialGenesisBlock(fabric, withPolicies(texts))
  const { config } = configFromBlock(common.Block.deserializeBinary(block))
  const policies = config.getChannelGroup()?.getGroupsMap().get('Application')?.getPoliciesMap()
  return texts.map((text, index) => {
    const value = policies?.get(`P${index}`)?.getPolicy()?.getValue_asU8()
    return [text, toHex(value ?? new Uint8Array())]
  })
}

function isRefused(fabric: RealFabric, text: string): boolean {
  try {
    officialGenesisBlock(fabric, withPolicies([text]))
    return false
  } catch {
    return true
  }
}

function recordPolicies(): void {
  const accepted = [
    ...policyEncodings(current, acceptedPolicies),
    ...policyEncodings(previous, formerlyAcceptedPolicies),
  ]
  const refused = refusedPolicies.filter((text) => isRefused(current, text) && isRefused(previous, text))
  write('policies.json', `${JSON.stringify({ accepted: Object.fromEntries(accepted), refused }, null, 2)}\n`)
}

function recordUpdates(): void {
  const specs = vectorSpecs()
  const recorded = Object.entries(sampleUpdates).map(([name, { from, edit }]) => {
    const original = vectorConfig(from)
    const update = officialUpdate(current, specs[from].channelId, original, edit(original, specs))
    return [name, update ? Buffer.from(canonicalBytes(update)).toString('base64') : null]
  })
  write('updates.json', `${JSON.stringify(Object.fromEntries(recorded), null, 2)}\n`)
}

/** Raft's options, and BFT's metadata, which are options alone. */
function recordOptions(): void {
  const encodings = [raftChannel(), bftChannel()].map((spec) => {
    const block = officialGenesisBlock(current, withSampleOptions(spec))
    const group = configFromBlock(common.Block.deserializeBinary(block)).config.getChannelGroup()
    const value = group?.getGroupsMap().get('Orderer')?.getValuesMap().get('ConsensusType')?.getValue_asU8()
    const consensus = orderer.ConsensusType.deserializeBinary(value ?? new Uint8Array())
    const metadata = consensus.getMetadata_asU8()
    if (consensus.getType() === 'BFT') return ['BFT', toHex(metadata)]
    const options = orderer.etcdraft.ConfigMetadata.deserializeBinary(metadata).getOptions()
    return ['etcdraft', toHex(options?.serializeBinary() ?? new Uint8Array())]
  })
  write('options.json', `${JSON.stringify(Object.fromEntries(encodings), null, 2)}\n`)
}

function recordChannels(): void {
  const specs = { raft: raftChannel(), bft: bftChannel(), wide: wideChannel() }
  for (const name of vectorNames) {
    write(`${name}.spec.json`, `${JSON.stringify(specs[name], null, 2)}\n`)
    recordChannel(current, name, specs[name])
  }
  recordChannel(previous, 'raft-2.5.16', specs.raft)
  recordUpdates()
}

const [what = 'all'] = process.argv.slice(2)
mkdirSync(vectorFolder, { recursive: true })
if (what === 'all' || what === 'channels') recordChannels()
if (what === 'all' || what === 'options') recordOptions()
if (what === 'all' || what === 'transaction') {
  write('transaction.json', officialDecode(current, 'common.Block', transactionBlock().serializeBinary()))
}
if (what === 'all' || what === 'policies') recordPolicies()
