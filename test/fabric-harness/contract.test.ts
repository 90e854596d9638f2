import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { FabricError, pollUntil } from '@cello/fabric'
import { describeBlock } from '@cello/fabric/blocks'
import {
  blockEvents,
  commitOf,
  contractEvents,
  type EndorsedTransaction,
  handToOrdering,
  openGateway,
  resume,
  submitAndWait,
} from '@cello/fabric/gateway'
import {
  approvedDefinition,
  approveTogether,
  type ContractDefinition,
  commitReadiness,
  committedDefinition,
  committedDefinitions,
  installedPackage,
  installedPackages,
  installPackage,
  packageContract,
  prepareApproval,
  prepareCommit,
  prepareInit,
  sameDefinition,
} from '@cello/fabric/lifecycle'
import {
  blockFromPeer,
  chainInfo,
  deliverFilteredFromPeer,
  discoverEndorsers,
  findTransaction,
} from '@cello/fabric/peers'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { devnodeOrderer, devnodePeer } from '../devnode/program.ts'
import { cutBlocks } from './config-update.ts'
import { deployContract, endorsingPeers } from './contract.ts'
import { everyPeerHas } from './every-node.ts'
import { joinAll, type RealNetwork, type RunningPeer, skipReason, startNetwork } from './network.ts'
import { runTool } from './node-process.ts'

const channel = 'trade'
const contract = 'kv'
const definition: ContractDefinition = { name: contract, version: '1', sequence: 1 }
const hasCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')

const runtimes = [
  { name: 'Fabric 3.1.5', version: '3.1.5', programs: {} },
  { name: 'Fabric 2.5.16', version: '2.5.16', programs: {} },
  { name: 'the devnode', version: '3.1.5', programs: { ordererProgram: devnodeOrderer, peerProgram: devnodePeer } },
] as const

for (const { name: runtime, version, programs } of runtimes) {
  describe(`contracts on peers of ${runtime}`, { skip: skipReason(version) }, () => {
    let network: RealNetwork
    let packageId: string
    before(async () => {
      network = await startNetwork({ version, consensus: 'etcdraft', orderers: 1, peers: [1, 1], channel, ...programs })
      await joinAll(network)
      packageId = await deployContract(network, definition)
    })
    after(() => network[Symbol.asyncDispose]())

    const peerOf = (index: number): RunningPeer => {
      const peer = network.peers[index]
      assert.ok(peer)
      return peer
    }
    const gatewayOf = () => openGateway(peerOf(0).connection, network.user('Org1'))
    const call = (name: string, ...args: string[]) => ({ channel, contract, name, args })
    const approvers = (id: string) =>
      endorsingPeers(network).map(({ connection, admin }) => ({ connection, signer: admin, packageId: id }))
    /** After a restart of the first peer. */
    const findsEndorsersAgain = () => {
      const { connection, admin } = peerOf(0)
      return pollUntil(
        { doing: 'find the other organization again', channel },
        (limits) => discoverEndorsers(connection, admin, { channel, contract }, limits),
        { timeoutMs: 90_000 },
      )
    }
    const connections = () => endorsingPeers(network).map(({ connection }) => connection)

    test('our package id is the one that the peer command computes', {
      skip: realFabric(version, ['peer']).skip,
    }, async () => {
      const { connection, admin, plan } = peerOf(0)
      const bytes = await installedPackage(connection, admin, packageId)
      const file = join(network.plan.root, 'package.tar.gz')
      writeFileSync(file, bytes)
      const peer = realFabric(version, []).program('peer')
      const env = { FABRIC_CFG_PATH: plan.folder }
      assert.equal((await runTool(peer, ['lifecycle', 'chaincode', 'calculatepackageid', file], env)).trim(), packageId)
    })

    test('a package is installed once and is listed with what uses it', async () => {
      const { connection, admin } = peerOf(0)
      const bytes = await installedPackage(connection, admin, packageId)
      await assert.rejects(installPackage(connection, admin, bytes), hasCode('ALREADY_DONE'))
      assert.deepEqual(await installedPackages(connection, admin), [
        { packageId, label: 'kv_1', usedBy: { [channel]: [{ name: contract, version: '1' }] } },
      ])
      await assert.rejects(installedPackage(connection, admin, `kv_1:${'0'.repeat(64)}`), hasCode('NOT_FOUND'))
      await assert.rejects(installPackage(connection, admin, new Uint8Array([1])), hasCode('INVALID'))
    })

    test('the committed definition reads back as it was asked for, and a second commit is already done', async () => {
      const { connection, admin } = peerOf(0)
      const held = await committedDefinition(connection, admin, { channel, name: contract })
      assert.ok(sameDefinition(held.definition, definition))
      assert.deepEqual(held.approvals, { Org1MSP: true, Org2MSP: true })
      assert.deepEqual(
        (await committedDefinitions(connection, admin, channel)).map(({ name }) => name),
        [contract],
      )
      await assert.rejects(prepareCommit(connections(), admin, { channel, definition }), hasCode('ALREADY_DONE'))
      const other = { ...definition, version: '2' }
      await assert.rejects(prepareCommit(connections(), admin, { channel, definition: other }), hasCode('CONFLICT'))
      await assert.rejects(committedDefinition(connection, admin, { channel, name: 'none' }), hasCode('NOT_FOUND'))
      const approved = await approvedDefinition(connection, admin, { channel, name: contract })
      assert.equal(approved.packageId, packageId)
    })

    test('the same approval again is already done, a past or far sequence a conflict', async () => {
      const { connection, admin } = peerOf(0)
      const input = { channel, definition, packageId }
      if (version === '3.1.5') {
        await assert.rejects(prepareApproval(connection, admin, input), hasCode('ALREADY_DONE'))
        assert.deepEqual(await approveTogether(approvers(packageId), { channel, definition }), [])
      } else {
        // Fabric 2.5 endorses the committed definition's approval again without a word.
        await prepareApproval(connection, admin, input)
      }
      const far = { ...definition, sequence: 9 }
      await assert.rejects(prepareApproval(connection, admin, { ...input, definition: far }), hasCode('CONFLICT'))
      const changed = { ...definition, initRequired: true }
      await assert.rejects(prepareApproval(connection, admin, { ...input, definition: changed }), hasCode('CONFLICT'))
    })

    test('an invoke is done at VALID, and a query sees it', async () => {
      const gateway = gatewayOf()
      const journal: EndorsedTransaction[] = []
      const journaling = { journal: (transaction: EndorsedTransaction) => void journal.push(transaction) }
      const { result, commit } = await gateway.invoke(call('put', 'tea', '7'), journaling)
      assert.equal(text(result), '7')
      assert.deepEqual(
        journal.map(({ transactionId }) => transactionId),
        [commit.transactionId],
      )
      assert.equal(commit.validationCode, 'VALID')
      assert.equal(text(await gateway.evaluate(call('get', 'tea'))), '7')
      await assert.rejects(gateway.evaluate(call('get', 'nothing')), (error) => {
        assert.ok(error instanceof FabricError)
        assert.equal(error.code, 'INVALID')
        assert.match(error.message, /no such key: nothing.*channel trade/)
        return true
      })
      // The gateway does not tell a contract that no peer has heard of from one whose peers gossip has not found yet.
      await assert.rejects(gateway.evaluate({ ...call('get', 'tea'), contract: 'none' }), hasCode('NOT_READY'))
      await assert.rejects(gateway.evaluate({ ...call('get', 'tea'), channel: 'nowhere' }), FabricError)
      await assert.rejects(gateway.evaluate(call('get', 'tea'), { signal: AbortSignal.abort() }), hasCode('CANCELLED'))
    })

    test('of two calls that read the same key one fails with its validation code', async () => {
      const gateway = gatewayOf()
      const { commit: stocked } = await gateway.invoke(call('put', 'stock', '1'))
      await everyPeerHas(network, stocked.blockNumber)
      const both = await Promise.all([
        gateway.endorse(call('add', 'stock', '1')),
        gateway.endorse(call('add', 'stock', '1')),
      ])
      const results = await Promise.allSettled(
        both.map((one) => submitAndWait(gateway.connection, gateway.signer, one)),
      )
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      assert.equal(failures.length, 1)
      const [failure] = failures
      assert.ok(failure instanceof FabricError)
      assert.equal(failure.code, 'COMMIT_FAILED')
      assert.equal(failure.facts.status, 'MVCC_READ_CONFLICT')
      const loser = both[results.findIndex((result) => result.status === 'rejected')]
      assert.ok(loser)
      await assert.rejects(resume(gateway.connection, gateway.signer, loser), hasCode('COMMIT_FAILED'))
      assert.equal(text(await gateway.evaluate(call('get', 'stock'))), '2')
    })

    test('an envelope that was journaled but never sent is sent by resume, and only once', async () => {
      const gateway = gatewayOf()
      const transaction = await gateway.endorse(call('add', 'once', '1'))
      const { connection, admin } = peerOf(0)
      assert.equal(await findTransaction(connection, admin, transaction), undefined)
      const commit = await resume(connection, gateway.signer, transaction)
      assert.deepEqual(await resume(connection, gateway.signer, transaction), commit)
      assert.equal(text(await gateway.evaluate(call('get', 'once'))), '1')
    })

    test('a second copy lands as DUPLICATE_TXID and the first one counts', async () => {
      const gateway = gatewayOf()
      const { connection, admin } = peerOf(0)
      const transaction = await gateway.endorse(call('add', 'twice', '1'))
      const commit = await submitAndWait(connection, gateway.signer, transaction)
      const { height } = await chainInfo(connection, admin, channel)
      await handToOrdering(connection, transaction)
      const later = await pollUntil({ doing: 'see the second copy', channel }, async () => {
        const info = await chainInfo(connection, admin, channel)
        return info.height > height ? info.height - 1 : undefined
      })
      const block = describeBlock(await blockFromPeer(connection, admin, { channel, number: later }))
      assert.deepEqual(
        block.transactions.map(({ transactionId, validationCode }) => [transactionId, validationCode]),
        [[transaction.transactionId, 'DUPLICATE_TXID']],
      )
      assert.deepEqual(await commitOf(connection, gateway.signer, transaction), commit)
      assert.deepEqual(await resume(connection, gateway.signer, transaction), commit)
      assert.equal(text(await gateway.evaluate(call('get', 'twice'))), '1')
    })

    test('a peer killed while its answer was awaited loses nothing', async () => {
      const gateway = gatewayOf()
      const { connection, process } = peerOf(0)
      const kept = await gateway.endorse(call('add', 'killed', '1'))
      const told = submitAndWait(connection, gateway.signer, kept, { timeoutMs: 500 }).catch((error: unknown) => error)
      setTimeout(() => void process.kill(), 5)
      // The block is cut after 200 ms: told of it before, on a machine that stood still meanwhile, nothing is lost either.
      const answer = await told
      assert.ok(answer instanceof FabricError || !(answer instanceof Error), String(answer))
      await process.kill()
      process.start()
      const commit = await pollUntil({ doing: 'resume', channel }, (limits) =>
        resume(connection, gateway.signer, kept, limits),
      )
      assert.equal(commit.validationCode, 'VALID')
      const value = await pollUntil({ doing: 'query', channel }, () => gateway.evaluate(call('get', 'killed')))
      assert.equal(text(value), '1')
      await findsEndorsersAgain()
    })

    test('contract events and blocks resume after the last one taken', async () => {
      const gateway = gatewayOf()
      const { connection, admin } = peerOf(0)
      const { height } = await chainInfo(connection, admin, channel)
      for (const value of ['1', '2', '3']) await gateway.invoke(call('put', 'event', value))
      const of = { channel, contract }
      const seen: string[] = []
      let from: { blockNumber: number; transactionId?: string } = { blockNumber: height }
      for (let reader = 0; reader < 3; reader++) {
        for await (const event of contractEvents(gateway, of, { from })) {
          assert.equal(event.name, 'put')
          seen.push(JSON.parse(text(event.payload)).value)
          from = event.position
          break
        }
      }
      assert.deepEqual(seen, ['1', '2', '3'])
      const numbers: number[] = []
      for await (const block of blockEvents(connection, admin, { channel, from: height }, { timeoutMs: 2_000 })) {
        numbers.push(block.getHeader()?.getNumber() ?? -1)
        if (numbers.length === 3) break
      }
      assert.deepEqual(numbers, [height, height + 1, height + 2])
      for await (const block of deliverFilteredFromPeer(connection, admin, { channel, from: height })) {
        // What was sent twice before has no event, in a block of its own or in this one.
        const told = block.transactions.flatMap((one) => one.events)
        if (told.length === 0) continue
        assert.deepEqual(told, [{ contract, name: 'put' }])
        break
      }
    })

    test('events go on, none lost and none twice, over a peer that is killed and comes back', async () => {
      const gateway = gatewayOf()
      const { connection, admin, process } = peerOf(0)
      const { height } = await chainInfo(connection, admin, channel)
      const seen: string[] = []
      const reading = (async () => {
        for await (const event of contractEvents(gateway, { channel, contract }, { from: { blockNumber: height } })) {
          seen.push(JSON.parse(text(event.payload)).value)
          if (seen.length === 2) return
        }
      })()
      await gateway.invoke(call('put', 'event', 'before'))
      await pollUntil({ doing: 'see the first event' }, async () => seen.length || undefined)
      await process.kill()
      process.start()
      await findsEndorsersAgain()
      await gateway.invoke(call('put', 'event', 'after'))
      await reading
      assert.deepEqual(seen, ['before', 'after'])
    })

    test('a silent event stream is opened again, and an aborted one ends', async () => {
      const gateway = gatewayOf()
      const { height } = await chainInfo(peerOf(0).connection, peerOf(0).admin, channel)
      const abort = new AbortController()
      const limits = { from: { blockNumber: height }, timeoutMs: 60, signal: abort.signal }
      const next = contractEvents(gateway, { channel, contract }, limits).next()
      setTimeout(() => abort.abort(), 300)
      await assert.rejects(next, hasCode('CANCELLED'))
    })

    test('an upgrade brings an endorsement policy, a private collection and an initialization', async () => {
      const upgrade: ContractDefinition = {
        name: contract,
        version: '2',
        sequence: 2,
        initRequired: true,
        endorsementPolicy: { signature: "OR('Org1MSP.peer', 'Org2MSP.peer')" },
        collections: [{ name: 'secrets', members: "OR('Org1MSP.member', 'Org2MSP.member')", maxPeerCount: 1 }],
      }
      const { connection, admin } = peerOf(0)
      const readiness = (wanted: ContractDefinition) =>
        commitReadiness(connection, admin, { channel, definition: wanted })
      assert.deepEqual((await readiness(upgrade)).approvals, { Org1MSP: false, Org2MSP: false })
      await assert.rejects(prepareCommit(connections(), admin, { channel, definition: upgrade }), hasCode('NOT_READY'))
      // Nothing but a second one lets a block be cut: approvals that waited for each other would wait for ever.
      await cutBlocks(network, { timeout: '10m', maxMessageCount: 2 })
      const commits = await approveTogether(approvers(packageId), { channel, definition: upgrade })
      assert.equal(new Set(commits.map(({ blockNumber }) => blockNumber)).size, 1, 'the approvals share a block')
      await cutBlocks(network, { timeout: '200ms', maxMessageCount: 100 })
      await assert.rejects(
        prepareApproval(connection, admin, { channel, definition: upgrade, packageId }),
        hasCode('ALREADY_DONE'),
      )
      assert.deepEqual(await readiness(upgrade), { approvals: { Org1MSP: true, Org2MSP: true }, mismatches: {} })
      const other = await readiness({ ...upgrade, initRequired: false })
      assert.deepEqual(other.approvals, { Org1MSP: false, Org2MSP: false })
      const differs = version === '2.5.16' ? [] : ['Org1MSP', 'Org2MSP']
      assert.deepEqual(Object.keys(other.mismatches).sort(), differs)
      const commit = await prepareCommit(connections(), admin, { channel, definition: upgrade })
      await submitAndWait(connection, admin, commit)
      const held = await committedDefinition(connection, admin, { channel, name: contract })
      assert.ok(sameDefinition(held.definition, upgrade))
      assert.deepEqual(held.definition.collections, [
        {
          name: 'secrets',
          members: "OR('Org1MSP.member', 'Org2MSP.member')",
          requiredPeerCount: 0,
          maxPeerCount: 1,
          blockToLive: 0,
          memberOnlyRead: true,
          memberOnlyWrite: true,
        },
      ])
      const gateway = gatewayOf()
      const init = await prepareInit([connection], gateway.signer, { channel, contract, name: 'init', args: ['go'] })
      assert.equal((await submitAndWait(connection, gateway.signer, init)).validationCode, 'VALID')
      const secret = { ...call('putPrivate', 'secrets', 'k'), transient: { value: Buffer.from('hidden') } }
      const { commit: privateCommit } = await gateway.invoke(secret)
      assert.equal(text(await gateway.evaluate(call('getPrivate', 'secrets', 'k'))), 'hidden')
      // Peers tell each other a while later which version they run.
      await pollUntil({ doing: 'discover both endorsers', channel }, async (limits) => {
        const { layouts } = await discoverEndorsers(connection, admin, { channel, contract }, limits)
        return layouts.length === 2 || undefined
      })

      const block = await blockFromPeer(connection, admin, { channel, transactionId: privateCommit.transactionId })
      const [transaction] = describeBlock(block).transactions
      assert.equal(transaction?.kind, 'contract')
      const access = transaction.actions[0]?.access.find(({ namespace }) => namespace === contract)
      assert.equal(access?.collections[0]?.collection, 'secrets')
      assert.equal(access.collections[0].writes.length, 1)
    })

    test('every block of the chain describes itself, its lifecycle transactions by name', async () => {
      const { connection, admin } = peerOf(0)
      const { height } = await chainInfo(connection, admin, channel)
      const blocks = await Promise.all(
        Array.from({ length: height }, async (_, number) =>
          describeBlock(await blockFromPeer(connection, admin, { channel, number })),
        ),
      )
      for (const [index, block] of blocks.entries()) {
        assert.ok(block.dataHashIsRight, `block ${index}`)
        assert.equal(block.previousHash, blocks[index - 1]?.hash ?? '', `block ${index}`)
        for (const one of block.transactions) assert.notEqual(one.kind, 'other', `block ${index}`)
      }
      const acts = blocks.flatMap(({ transactions }) =>
        transactions.flatMap((one) =>
          one.kind === 'contract' ? one.actions.flatMap(({ lifecycle }) => lifecycle ?? []) : [],
        ),
      )
      assert.deepEqual(
        acts.map(({ act }) => act),
        ['approve', 'approve', 'commit', 'approve', 'approve', 'commit'],
      )
    })
  })
}

test('a package depends on its input alone', async () => {
  const input = { label: 'a_1', service: { address: 'localhost:9' } }
  assert.deepEqual(await packageContract(input), await packageContract(input))
})
