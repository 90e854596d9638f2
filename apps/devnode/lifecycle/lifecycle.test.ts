import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parsePolicy } from '@cello/fabric/codec'
import { common, peer } from '@hyperledger/fabric-protos'
import { testPackage } from '../packages/testing/test-packages.ts'
import { readPackageId } from './parameters.ts'
import { approve, commit, filled, inWorld, ok, refused, type Wanted } from './testing/lifecycle-world.ts'
import { readThroughTestState } from './testing/read-private.ts'
import { openTestLedger, testConfig, testInvocation } from './testing/test-ledger.ts'

const protos = peer.lifecycle

const hex = (bytes: Uint8Array): string => `sha256_${Buffer.from(bytes).toString('hex')}`

interface RecordedApproval {
  readonly collections: readonly {
    readonly hash: string
    readonly reads: readonly { readonly key: string }[]
    readonly writes: readonly { readonly key: string; readonly value: string }[]
  }[]
}

function recorded(scenario: string): RecordedApproval['collections'][number] | undefined {
  const file = new URL('../../../test/vectors/devnode/approvals.json', import.meta.url)
  const { scenarios } = JSON.parse(readFileSync(file, 'utf8'))
  const access: readonly RecordedApproval[] = scenarios[scenario].seen.access
  return access[0]?.collections[0]
}

test('an approval reads and writes byte for byte what it does on a real peer', () =>
  inWorld(async (world) => {
    const scenarios = [
      ['an approval', {}],
      ['an approval of another version under the same sequence', { version: '1.1' }],
    ] as const
    for (const [scenario, wanted] of scenarios) {
      const { sets } = await ok(approve(world, world.lifecycle, wanted))
      const own = sets.find(({ namespace }) => namespace === '_lifecycle')
      const [collection] = own?.collections ?? []
      assert.ok(collection)
      const seen = {
        hash: hex(collection.privateHash),
        reads: collection.hashedReads.map(({ keyHash }) => hex(keyHash)),
        writes: collection.hashedWrites.map(({ keyHash, valueHash }) => [hex(keyHash), hex(valueHash)]),
      }
      const real = recorded(scenario)
      assert.deepEqual(
        seen.reads,
        real?.reads.map(({ key }) => key),
        scenario,
      )
      assert.deepEqual(
        seen.writes,
        real?.writes.map(({ key, value }) => [key, value]),
        scenario,
      )
      assert.equal(seen.hash, real?.hash, scenario)
      assert.deepEqual(
        own?.reads.map(({ key }) => key),
        ['namespaces/fields/lc/Sequence', 'namespaces/metadata/lc'],
      )
      assert.deepEqual(
        sets.find(({ namespace }) => namespace === 'lscc')?.reads.map(({ key }) => key),
        ['lc'],
      )
    }
  }))

test('a definition that all approved is committed, and is what the peer then runs', () =>
  inWorld(async (world) => {
    const { lifecycle, other, channel, ledger } = world
    const input = new protos.InstallChaincodeArgs()
    input.setChaincodeInstallPackage(await testPackage())
    const installed = await lifecycle.contract.invoke(
      testInvocation('_lifecycle', ['InstallChaincode', input.serializeBinary()]),
    )
    const id = protos.InstallChaincodeResult.deserializeBinary(installed.response.getPayload_asU8()).getPackageId()
    await ok(approve(world, lifecycle, { initRequired: true }, id))
    await ok(approve(world, other, { initRequired: true }, 'other:0000'))
    const { sets } = await ok(commit(world, { initRequired: true }))
    const own = sets.find(({ namespace }) => namespace === '_lifecycle')
    assert.deepEqual(
      own?.writes.map(({ key, value }) => [key, Buffer.from(value).toString('latin1')]),
      [
        ['namespaces/fields/lc/Collections', '\x12\x00'],
        ['namespaces/fields/lc/EndorsementInfo', '\x12\x0d\x0a\x031.0\x10\x01\x1a\x04escc'],
        ['namespaces/fields/lc/Sequence', '\x08\x01'],
        ['namespaces/fields/lc/ValidationInfo', '\x12*\x0a\x04vscc\x12\x22\x12 /Channel/Application/Endorsement'],
        [
          'namespaces/metadata/lc',
          '\x0a\x13ChaincodeDefinition\x12\x08Sequence\x12\x0fEndorsementInfo\x12\x0eValidationInfo\x12\x0bCollections',
        ],
      ],
    )
    const definition = lifecycle.definition(channel.state, 'lc')
    assert.deepEqual(
      {
        ...definition,
        validationParameter: Buffer.from(definition?.validationParameter ?? [])
          .toString()
          .slice(2),
      },
      {
        name: 'lc',
        sequence: 1,
        version: '1.0',
        endorsementPlugin: 'escc',
        validationPlugin: 'vscc',
        validationParameter: '/Channel/Application/Endorsement',
        initRequired: true,
        collections: [],
      },
    )
    assert.deepEqual(lifecycle.defined(channel.state), ['lc'])
    assert.equal(lifecycle.packageOf(channel, 'lc')?.id, id)
    assert.ok(lifecycle.isApproved(channel, 'lc') && other.isApproved(channel, 'lc'))
    assert.equal(other.packageOf(channel, 'lc'), undefined, 'not installed there')
    assert.equal(lifecycle.definition(channel.state, 'nothing'), undefined)
    const query = await ok(ledger.call(lifecycle.contract, ['QueryInstalledChaincodes', '']))
    const [only] = protos.QueryInstalledChaincodesResult.deserializeBinary(query.response.getPayload_asU8()).toObject()
      .installedChaincodesList
    assert.deepEqual(only?.referencesMap, [[channel.name, { chaincodesList: [{ name: 'lc', version: '1.0' }] }]])
  }))

test('after the commit another package may be approved for it, and nothing else', () =>
  inWorld(async (world) => {
    const { lifecycle, other, channel } = world
    await ok(approve(world, lifecycle))
    await ok(approve(world, other))
    await ok(commit(world))
    const begin = "failed to invoke backing implementation of 'ApproveChaincodeDefinitionForMyOrg': "
    await refused(
      approve(world, lifecycle),
      `${begin}attempted to redefine the current committed sequence (1) for namespace lc`,
    )
    await refused(
      approve(world, lifecycle, { initRequired: true }),
      `${begin}attempted to redefine the current committed sequence (1) for namespace lc with different parameters: expected InitRequired 'false' does not match passed InitRequired 'true'`,
    )
    const { sets } = await ok(approve(world, lifecycle, {}, 'new:1'))
    const [collection] = sets.find(({ namespace }) => namespace === '_lifecycle')?.collections ?? []
    assert.equal(collection?.hashedWrites.length, 1)
    assert.ok(lifecycle.isApproved(channel, 'lc'))
    assert.equal(readPackageId(readThroughTestState(channel.state, 'Org1MSP'), 'lc#1'), 'new:1')
    await ok(approve(world, lifecycle, { sequence: 2, version: '2' }))
    await ok(approve(world, other, { sequence: 2, version: '2' }))
    await ok(commit(world, { sequence: 2, version: '2' }))
    assert.equal(lifecycle.definition(channel.state, 'lc')?.version, '2')
  }))

test('an approval that is not of the committed parameters lets nothing run', () =>
  inWorld(async (world) => {
    const { lifecycle, other, channel } = world
    await ok(approve(world, lifecycle))
    await ok(approve(world, other, { version: '1.1' }))
    await ok(commit(world))
    assert.equal(other.isApproved(channel, 'lc'), false)
    assert.equal(other.packageOf(channel, 'lc'), undefined)
    const readiness = filled(new protos.CheckCommitReadinessArgs(), { sequence: 2 }).serializeBinary()
    const { response } = await ok(world.ledger.call(lifecycle.contract, ['CheckCommitReadiness', readiness]))
    const { approvalsMap, mismatchesMap } = protos.CheckCommitReadinessResult.deserializeBinary(
      response.getPayload_asU8(),
    ).toObject()
    assert.deepEqual(approvalsMap, [
      ['Org1MSP', false],
      ['Org2MSP', false],
    ])
    assert.deepEqual(mismatchesMap[0], ['Org1MSP', { itemsList: ['ChaincodeParameters'] }])
    const query = new protos.QueryChaincodeDefinitionArgs()
    query.setName('lc')
    const shown = await ok(world.ledger.call(lifecycle.contract, ['QueryChaincodeDefinition', query.serializeBinary()]))
    const answer = protos.QueryChaincodeDefinitionResult.deserializeBinary(shown.response.getPayload_asU8())
    assert.deepEqual(answer.toObject().approvalsMap, [
      ['Org1MSP', true],
      ['Org2MSP', false],
    ])
  }))

function collection(name: string, policy: string, blockToLive = 0): peer.CollectionConfigPackage {
  const members = new common.CollectionPolicyConfig()
  members.setSignaturePolicy(parsePolicy(policy))
  const config = new peer.StaticCollectionConfig()
  config.setName(name)
  config.setMemberOrgsPolicy(members)
  config.setBlockToLive(blockToLive)
  const each = new peer.CollectionConfig()
  each.setStaticCollectionConfig(config)
  const all = new peer.CollectionConfigPackage()
  all.addConfig(each)
  return all
}

test('collections keep what was committed of them', () =>
  inWorld(async (world) => {
    const collections = collection('mine', "OR('Org1MSP.member')", 5)
    await ok(approve(world, world.lifecycle, { collections }))
    await ok(approve(world, world.other, { collections }))
    await ok(commit(world, { collections }))
    const found = world.lifecycle.definition(world.channel.state, 'lc')?.collections
    assert.deepEqual(
      found?.map((one) => [one.getName(), one.getBlockToLive()]),
      [['mine', 5]],
    )
    const begin =
      "failed to invoke backing implementation of 'ApproveChaincodeDefinitionForMyOrg': error validating chaincode definition: "
    const changes: readonly (readonly [Wanted, string])[] = [
      [{}, 'the proposed collection config does not contain previously defined collections'],
      [
        { collections: collection('other', "OR('Org1MSP.member')") },
        'existing collection [mine] missing in the proposed collection configuration',
      ],
      [
        { collections: collection('mine', "OR('Org1MSP.member')", 6) },
        'the BlockToLive in an existing collection [mine] modified. Existing value [5]',
      ],
      [
        { collections: collection('mine', "AND('Org1MSP.member','Org2MSP.member')", 5) },
        'collection-name: mine -- error in member org policy: signature policy is not an OR concatenation, NOutOf 2',
      ],
      [
        { collections: collection('mine', "OR('Org9MSP.member')", 5) },
        "collection-name: mine -- collection member 'Org9MSP' is not part of the channel",
      ],
      [
        { collections: collection(`${'a'.repeat(50)}!`, "OR('Org1MSP.member')") },
        `invalid collection name '${'a'.repeat(50)}!'. Names can only consist of alphanumerics, '_', and '-' and cannot begin with '_'`,
      ],
    ]
    for (const [wanted, sentence] of changes) {
      await refused(approve(world, world.lifecycle, { sequence: 2, ...wanted }), begin + sentence)
    }
  }))

test('what is approved is found by sequence, newest first, and in the list of all', () =>
  inWorld(async (world) => {
    const { lifecycle, ledger } = world
    await ok(approve(world, lifecycle, {}, 'a:1'))
    await ok(approve(world, lifecycle, { name: 'second' }))
    const ask = async (sequence: number) => {
      const args = new protos.QueryApprovedChaincodeDefinitionArgs()
      args.setName('lc')
      args.setSequence(sequence)
      return ledger.call(lifecycle.contract, ['QueryApprovedChaincodeDefinition', args.serializeBinary()])
    }
    const { response } = await ok(ask(0))
    const found = protos.QueryApprovedChaincodeDefinitionResult.deserializeBinary(response.getPayload_asU8())
    assert.deepEqual([found.getSequence(), found.getSource()?.getLocalPackage()?.getPackageId()], [1, 'a:1'])
    await refused(
      ask(7),
      `failed to invoke backing implementation of 'QueryApprovedChaincodeDefinition': could not fetch approved chaincode definition (name: 'lc', sequence: '7') on channel '${world.channel.name}'`,
    )
    const all = await ok(ledger.call(lifecycle.contract, ['QueryApprovedChaincodeDefinitions', '']))
    const list = protos.QueryApprovedChaincodeDefinitionsResult.deserializeBinary(
      all.response.getPayload_asU8(),
    ).toObject().approvedChaincodeDefinitionsList
    assert.deepEqual(
      list.map(({ name, source }) => [name, source?.localPackage?.packageId, source?.unavailable]),
      [
        ['lc', 'a:1', undefined],
        ['second', undefined, {}],
      ],
    )
  }))

test('calls that are none are refused in Fabric’s words', () =>
  inWorld(async ({ ledger, lifecycle: { contract }, channel }) => {
    await refused(ledger.call(contract, []), 'lifecycle scc must be invoked with arguments')
    await refused(
      ledger.call(contract, ['QueryChaincodeDefinition']),
      'lifecycle scc operations require exactly two arguments but received 1',
    )
    await refused(
      ledger.call(contract, ['constructor', '']),
      "failed to invoke backing implementation of 'constructor': receiver *lifecycle.Invocation.constructor does not exist",
    )
    const query = new protos.QueryChaincodeDefinitionArgs()
    query.setName('nothing')
    const encoded = query.serializeBinary()
    await refused(ledger.call(contract, ['QueryChaincodeDefinition', encoded]), 'namespace nothing is not defined', 404)
    const { response } = await contract.invoke(
      testInvocation('_lifecycle', ['QueryApprovedChaincodeDefinition', encoded]),
    )
    assert.equal(
      response.getMessage(),
      "failed to invoke backing implementation of 'QueryApprovedChaincodeDefinition': could not get current sequence: could not get state for key namespaces/fields/nothing/Sequence: GET_STATE failed: transaction ID: tx: no ledger context",
    )
    const plain = { ...testConfig(), hasApplication: false }
    using without = openTestLedger(plain)
    await refused(
      without.call(contract, ['QueryChaincodeDefinition', encoded]),
      `could not get application config for channel '${channel.name}'`,
    )
  }))
