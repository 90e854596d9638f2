import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkSpecProblems } from './network-rules.ts'
import { NetworkSpec } from './network-spec.ts'

const peers = [{ name: 'peer0' }]
const documentOf = (name: string, organization: object) => ({
  name,
  organizations: [{ name: 'Org1', peers, ...organization }],
})

test('names that certificates cannot hold are refused at the organization’s domain', () => {
  const long = 'a'.repeat(40)
  for (const [document, name] of [
    [documentOf(long, { name: 'Manufacturing' }), 'tlsca.manufacturing'],
    [documentOf('demo', { domain: `${'d'.repeat(55)}.com` }), 'tlsca.ddd'],
    [documentOf('demo', { domain: `${'d'.repeat(40)}.com`, orderers: [{ name: 'o'.repeat(25) }] }), 'ooo'],
  ] as const) {
    const { error } = NetworkSpec.safeParse(document)
    const [issue] = error?.issues ?? []
    assert.deepEqual(issue?.path, ['organizations', 0, 'domain'])
    assert.ok(issue.message.includes(`and ${name}`), issue.message)
    assert.match(issue.message, /give the organization a shorter domain/)
  }
  // 64 characters to the letter.
  assert.deepEqual(networkSpecProblems(NetworkSpec.parse(documentOf('demo', { domain: `${'d'.repeat(54)}.com` }))), [])
  assert.ok(NetworkSpec.safeParse(documentOf(long, { domain: 'manufacturing.example' })).success)
})

test('policies that ask for an organization that the network does not have are refused where they stand', () => {
  const deploying = (contract: object) => ({
    ...documentOf('demo', { mspId: 'FirstMSP', orderers: [{ name: 'orderer0' }] }),
    channels: [{ name: 'main', contracts: [{ name: 'assets', address: 'localhost:9999', ...contract }] }],
  })
  const mine = { name: 'mine', policy: "OR('FirstMSP.member')" }
  const problemsOf = (contract: object) => NetworkSpec.safeParse(deploying(contract)).error?.issues ?? []
  for (const [contract, path] of [
    [{ policy: "AND('FirstMSP.peer', 'FrstMSP.peer')" }, ['policy']],
    [
      { collections: [mine, { ...mine, name: 'b', policy: "OutOf(1, 'FrstMSP.member')" }] },
      ['collections', 1, 'policy'],
    ],
    [
      { collections: [{ ...mine, endorsementPolicy: { signaturePolicy: "OR('FrstMSP.peer')" } }] },
      ['collections', 0, 'endorsementPolicy'],
    ],
  ] as const) {
    const [issue, ...more] = problemsOf(contract)
    assert.deepEqual(issue?.path.slice(4), path)
    assert.equal(issue.message, 'no organization of this network has the MSP id FrstMSP: there are FirstMSP')
    assert.deepEqual(more, [])
  }
  assert.deepEqual(problemsOf({ policy: '/Channel/Application/Endorsement', collections: [mine] }), [])
})
