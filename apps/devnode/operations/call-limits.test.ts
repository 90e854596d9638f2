import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Client,
  credentials,
  Metadata,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js'
import { peer } from '@hyperledger/fabric-protos'
import { limitCalls } from './call-limits.ts'
import { measureCalls } from './call-metrics.ts'
import { listenGrpc } from './grpc-listener.ts'
import { Metrics } from './metrics.ts'

test('calls beyond a service’s limit are refused in Fabric’s words, and all are counted', async () => {
  const metrics = new Metrics()
  const waiting: (() => void)[] = []
  const implementation = {
    processProposal: (
      _call: ServerUnaryCall<peer.SignedProposal, peer.ProposalResponse>,
      answer: sendUnaryData<peer.ProposalResponse>,
    ) => void waiting.push(() => answer(null, new peer.ProposalResponse())),
  }
  const tls = { enabled: false, certificate: '', privateKey: '', clientRoots: [], clientAuthRequired: false }
  await using listener = await listenGrpc({
    listen: { host: '127.0.0.1', port: 0 },
    tls,
    maxReceive: 1_000_000,
    maxSend: 1_000_000,
    keepalive: { intervalMs: 60_000, timeoutMs: 20_000, minIntervalMs: 60_000 },
    services: [{ definition: peer.EndorserService, implementation }],
    interceptors: [measureCalls(metrics), limitCalls({ 'protos.Endorser': 2 })],
  })
  const client = new Client(`127.0.0.1:${listener.port}`, credentials.createInsecure())
  const { path, requestSerialize, responseDeserialize } = peer.EndorserService.processProposal
  const ask = () =>
    new Promise<string>((resolve) => {
      const ended = (error: ServiceError | null) => resolve(error?.details ?? 'answered')
      const request = new peer.SignedProposal()
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), ended)
    })
  const first = [ask(), ask()]
  while (waiting.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(await ask(), 'too many requests for /protos.Endorser, exceeding concurrency limit (2)')
  for (const answer of waiting.splice(0)) answer()
  assert.deepEqual(await Promise.all(first), ['answered', 'answered'])
  const later = ask()
  while (waiting.length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
  for (const answer of waiting.splice(0)) answer()
  assert.equal(await later, 'answered', 'those that ended make room')
  client.close()
  const page = metrics.text()
  const labels = 'service="protos_Endorser",method="ProcessProposal"'
  assert.ok(page.includes(`grpc_server_unary_requests_received{${labels}} 4`), page)
  assert.ok(page.includes(`grpc_server_unary_requests_completed{${labels},code="OK"} 3`), page)
  assert.ok(page.includes(`grpc_server_unary_requests_completed{${labels},code="Unknown"} 1`), page)
})
