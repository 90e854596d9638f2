import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PlatformError } from '@cello/model'
import type { ContractDefinition, ContractPackage, InvokeRequest, ObservedContract } from '../ledger.ts'
import { endpoint, peerRefs } from './ledger-channels.ts'
import type { SuiteNetwork } from './ledger-network.ts'
import { eventually, refusal, until } from './ledger-world.ts'

const organizations = ['Org1', 'Org2']

function definition(change: Partial<ContractDefinition> = {}): ContractDefinition {
  return {
    channel: 'main',
    name: 'basic',
    version: '1.0',
    sequence: 1,
    initRequired: false,
    collections: [],
    ...change,
  }
}

/** A call in the name of Org1's administrator. */
export function callOf(network: SuiteNetwork, call: Pick<InvokeRequest, 'function' | 'args'>): InvokeRequest {
  const certificate = network.organization('Org1').adminCertificate
  return { channel: 'main', contract: 'basic', organization: 'Org1', subject: 'admin', certificate, ...call }
}

export async function readText(network: SuiteNetwork, key: string): Promise<string> {
  const answer = await network.session.query(callOf(network, network.world.contract.read(key)))
  return new TextDecoder().decode(answer)
}

/** The package of an organization's contract node. */
export function packageOf(network: SuiteNetwork, organization: string): Promise<ContractPackage> {
  const address = endpoint(network.node(`${organization}/basic`))
  return network.world.ledger.packageContract({ label: 'basic_1.0', address })
}

/** Without fields that are undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}

async function observe(network: SuiteNetwork): Promise<ObservedContract> {
  const seen = await network.session.observeContracts('main', ['basic'])
  return seen.find(({ name }) => name === 'basic') ?? assert.fail('the contract was not looked at')
}

async function approve(network: SuiteNetwork, organization: string, wanted: ContractDefinition): Promise<void> {
  const { id: packageId } = await packageOf(network, organization)
  const made = await network.session.prepareApproval({ organization, definition: wanted, packageId })
  assert.ok(made, `${organization} has approved already`)
  assert.equal((await network.session.submit(made)).status, 'VALID')
  // Each peer learns of the block by itself.
  await until(`the approval of ${organization} is not seen`, async () =>
    (await observe(network)).approvals.some(
      (approval) => approval.organization === organization && approval.definition.sequence === wanted.sequence,
    ),
  )
}

/** A contract is installed, approved, committed and called; leaves it running on both peers. */
export function describeContracts(given: () => SuiteNetwork): void {
  describeLifecycle(given)
  describeTransactions(given)
}

function describeLifecycle(given: () => SuiteNetwork): void {
  describe('a contract', () => {
    test('is installed once, however often it is sent', async () => {
      for (const organization of organizations) {
        await given().addNode('contract', organization, 'basic')
        const made = await packageOf(given(), organization)
        const peer = given().idOf(`${organization}/peer0`)
        await given().session.installPackage(peer, made)
        await given().session.installPackage(peer, made)
        assert.deepEqual((await given().session.observePeer(peer)).packages, [made.id])
      }
    })

    test('that was never committed is not called', async () => {
      const call = callOf(given(), given().world.contract.read('a'))
      // Fabric's gateway does not tell a contract that nobody knows from one whose peers it has not met yet.
      await assert.rejects(given().session.query(call), refusal('NOT_FOUND', 'NODE_NOT_READY'))
      const seen = await observe(given())
      assert.deepEqual([seen.committed, seen.approvals], [undefined, []])
    })

    test('cannot be approved with a sequence that is not the next', async () => {
      const request = { organization: 'Org1', definition: definition({ sequence: 3 }) }
      // Made for a state that is not the present one: whoever looks again knows the right one.
      await assert.rejects(given().session.prepareApproval(request), refusal('LEDGER_BUSY'))
    })

    test('is approved by an organization once', async () => {
      await approve(given(), 'Org1', definition())
      const { id: packageId } = await packageOf(given(), 'Org1')
      const again = { organization: 'Org1', definition: definition(), packageId }
      assert.equal(await given().session.prepareApproval(again), undefined)
      const { approvals } = await observe(given())
      assert.deepEqual(plain(approvals), [{ organization: 'Org1', definition: definition(), packageId }])
    })

    test('is not committed before most organizations have approved', async () => {
      const commit = given().session.prepareCommit({ organization: 'Org1', definition: definition() })
      await assert.rejects(commit, refusal('NODE_NOT_READY', 'LEDGER_BUSY'))
    })

    test('is committed once', async () => {
      await approve(given(), 'Org2', definition())
      const request = { organization: 'Org1', definition: definition() }
      const made = await eventually(() => given().session.prepareCommit(request))
      assert.ok(made)
      assert.equal((await given().session.submit(made)).valid, true)
      await until('the commit is not seen', async () => (await observe(given())).committed !== undefined)
      assert.deepEqual(plain((await observe(given())).committed), definition())
      const unnamed = plain(await given().session.observeContracts('main', []))
      assert.deepEqual(unnamed, [{ name: 'basic', committed: definition(), approvals: [] }])
      await until(
        'it is not known to be so already',
        async () => (await given().session.prepareCommit(request)) === undefined,
      )
    })

    test('answers once its nodes run', async () => {
      for (const organization of organizations) {
        const id = given().idOf(`${organization}/basic`)
        await assert.rejects(given().session.observeContractNode(id), refusal('NODE_UNREACHABLE'))
        await given().start(`${organization}/basic`, (await packageOf(given(), organization)).id)
        await eventually(() => given().session.observeContractNode(id))
      }
      const made = await eventually(() =>
        given().session.prepareInvoke(callOf(given(), given().world.contract.write('a', 'first'))),
      )
      assert.equal((await given().session.submit(made)).status, 'VALID')
      await until('the text is not read', async () => (await readText(given(), 'a')) === 'first')
    })
  })
}

function describeTransactions(given: () => SuiteNetwork): void {
  describe('a transaction', () => {
    test('that was prepared has no effect before it is submitted, and one however often it is', async () => {
      const { session } = given()
      const { height } = await session.chain('main')
      const made = await session.prepareInvoke(callOf(given(), given().world.contract.write('b', 'once')))
      assert.equal(await session.findTransaction('main', made.txId), undefined)
      const first = await session.submit(made)
      assert.deepEqual(first, { txId: made.txId, valid: true, status: 'VALID', block: height })
      // A copy, as it comes from the journal after a crash.
      const { channel, txId, envelope } = made
      assert.deepEqual(await session.submit({ channel, txId, envelope: new Uint8Array(envelope) }), first)
      assert.deepEqual(await session.findTransaction('main', txId), first)
      await until('the text is not read', async () => (await readText(given(), 'b')) === 'once')
      const valid = await validIn(given(), height)
      assert.equal(valid.filter((text) => text.includes(txId)).length, 1)
    })

    test('is found by its id, in its block and by itself', async () => {
      const { session } = given()
      const made = await session.prepareInvoke(callOf(given(), given().world.contract.write('c', 'found')))
      const { block } = await session.submit(made)
      assert.ok(JSON.stringify(await session.block('main', block)).includes(made.txId))
      assert.ok(JSON.stringify(await session.transaction('main', made.txId)).includes(made.txId))
      await assert.rejects(session.transaction('main', '0'.repeat(64)), refusal('NOT_FOUND'))
      const { height, currentHash, previousHash } = await session.chain('main')
      assert.ok(height > block)
      assert.notEqual(currentHash, previousHash)
    })

    test('prepared twice is two', async () => {
      const { session } = given()
      const call = callOf(given(), given().world.contract.write('d', 'twice'))
      const [first, second] = [await session.prepareInvoke(call), await session.prepareInvoke(call)]
      assert.notEqual(first.txId, second.txId)
      const seen = [await session.submit(first), await session.submit(second)]
      assert.deepEqual(
        seen.map(({ txId, valid }) => [txId, valid]),
        [first, second].map(({ txId }) => [txId, true]),
      )
    })

    test('of a user who is held here is made in the user’s name', async () => {
      const organization = given().organization('Org1')
      const ca = given().authority('Org1', 'ca')
      const made = await given().world.ledger.makeUser({ organization, ca, name: 'carol', role: 'client' })
      given().keep('Org1', [made])
      const call = {
        ...callOf(given(), given().world.contract.write('e', 'carol')),
        subject: made.subject,
        certificate: made.certificate,
      }
      const prepared = await given().session.prepareInvoke(call)
      assert.equal((await given().session.submit(prepared)).valid, true)
    })

    test('that the contract refuses is the contract’s error', async () => {
      const call = callOf(given(), given().world.contract.wrong())
      await assert.rejects(given().session.prepareInvoke(call), refusal('CONTRACT_ERROR'))
      await assert.rejects(given().session.query(call), refusal('CONTRACT_ERROR'))
    })

    test('upgrades a contract, one sequence at a time', async () => {
      const next = definition({ version: '2.0', sequence: 2 })
      for (const organization of organizations) await approve(given(), organization, next)
      const made = await eventually(() => given().session.prepareCommit({ organization: 'Org2', definition: next }))
      assert.ok(made)
      assert.equal((await given().session.submit(made)).valid, true)
      await until('the upgrade is not seen', async () => (await observe(given())).committed?.sequence === 2)
      assert.deepEqual(plain((await observe(given())).committed), next)
      await until('the state is lost', async () => (await eventually(() => readText(given(), 'a'))) === 'first')
      for (const ref of peerRefs)
        assert.equal((await given().session.observePeer(given().idOf(ref))).packages.length, 1)
    })

    test('waits for the first call of a definition that asks for one, and is called so once', async () => {
      const { session, world } = given()
      const policy = world.ledger.normalizePolicy("OR('Org1MSP.peer', 'Org2MSP.peer')")
      const next = definition({
        version: '3.0',
        sequence: 3,
        initRequired: true,
        policy,
        collections: [secrets(given())],
      })
      for (const organization of organizations) await approve(given(), organization, next)
      const made = await eventually(() => session.prepareCommit({ organization: 'Org1', definition: next }))
      assert.ok(made)
      assert.equal((await session.submit(made)).valid, true)
      await until('the definition is not seen', async () => (await observe(given())).committed?.sequence === 3)
      assert.deepEqual(plain((await observe(given())).committed), next, 'its policy and its collection included')
      await until('it answers before its first call', async () => {
        const answer = await session.query(callOf(given(), world.contract.read('a'))).catch((error: unknown) => error)
        return answer instanceof PlatformError && answer.code === 'CONTRACT_ERROR'
      })
      const first = { ...callOf(given(), world.contract.write('i', 'begun')), init: true }
      assert.equal((await session.submit(await session.prepareInvoke(first))).status, 'VALID')
      await until('the text is not read', async () => (await eventually(() => readText(given(), 'i'))) === 'begun')
      await assert.rejects(session.prepareInvoke(first), refusal('CONTRACT_ERROR'))
    })
  })
}

/** A private data collection, with everything that a definition says of one. */
function secrets(network: SuiteNetwork): ContractDefinition['collections'][number] {
  return {
    name: 'secrets',
    policy: network.world.ledger.normalizePolicy("OR('Org1MSP.member', 'Org2MSP.member')"),
    requiredPeerCount: 0,
    maxPeerCount: 1,
    blockToLive: 100,
    memberOnlyRead: true,
    memberOnlyWrite: false,
  }
}

/** The blocks from `from` on, each as text. */
async function validIn(network: SuiteNetwork, from: number): Promise<string[]> {
  const { height } = await network.session.chain('main')
  const texts: string[] = []
  for (let number = from; number < height; number += 1) {
    texts.push(JSON.stringify(await network.session.block('main', number)))
  }
  return texts
}
