import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consensusOf, parseMetrics } from './metrics.ts'

const raftPage = `# HELP consensus_etcdraft_is_leader The leadership status of the current node: 1 if it is the leader else 0.
# TYPE consensus_etcdraft_is_leader gauge
consensus_etcdraft_active_nodes{channel="alpha"} 3
consensus_etcdraft_cluster_size{channel="alpha"} 3
consensus_etcdraft_committed_block_number{channel="alpha"} 12
consensus_etcdraft_is_leader{channel="alpha"} 1
consensus_etcdraft_is_leader{channel="beta"} 0
consensus_etcdraft_leader_changes{channel="alpha"} 1
process_cpu_seconds_total 1.5e+02
grpc_request_bucket{method="Deliver",le="+Inf"} 4
`

test('only the samples that are asked for are read', () => {
  const all = parseMetrics(raftPage)
  const wanted = parseMetrics(raftPage, 'consensus_')
  assert.ok(wanted.length > 0 && wanted.length < all.length)
  assert.deepEqual(
    wanted,
    all.filter(({ name }) => name.startsWith('consensus_')),
  )
})

test('a Raft orderer says of each channel whether it leads and whom it hears', () => {
  const samples = parseMetrics(raftPage)
  assert.deepEqual(consensusOf(samples, 'alpha'), {
    protocol: 'etcdraft',
    isLeader: true,
    activeNodes: 3,
    clusterSize: 3,
    committedBlock: 12,
    leaderChanges: 1,
  })
  assert.deepEqual(consensusOf(samples, 'beta'), { protocol: 'etcdraft', isLeader: false })
  assert.equal(consensusOf(samples, 'gamma'), undefined)
})

test('a BFT orderer names the leader by its consenter id', () => {
  const page =
    'consensus_BFT_is_leader{channel="a"} 0\nconsensus_BFT_leader_id{channel="a"} 3\nconsensus_BFT_cluster_size{channel="a"} 4'
  assert.deepEqual(consensusOf(parseMetrics(page), 'a'), {
    protocol: 'BFT',
    isLeader: false,
    leaderId: 3,
    clusterSize: 4,
  })
})

test('numbers, labels with quotes and lines that are none are read as Prometheus writes them', () => {
  const page =
    'up 1\nbig 1.5e+02\ninf{le="+Inf"} +Inf\nquoted{a="x\\"y\\\\z\\n",b="2"} 7 1700000000\nnonsense\n\n# comment'
  assert.deepEqual(parseMetrics(page), [
    { name: 'up', labels: {}, value: 1 },
    { name: 'big', labels: {}, value: 150 },
    { name: 'inf', labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY },
    { name: 'quoted', labels: { a: 'x"y\\z\n', b: '2' }, value: 7 },
  ])
})
