/** The consensus metadata of etcdraft, as far as an orderer without companions must look at it. */
import { decode } from '@cello/fabric/codec'
import { orderer } from '@hyperledger/fabric-protos'
import { type Certificate, readCertificate } from '../msp/certificate.ts'
import { type Authorities, chainOf } from '../msp/chain.ts'
import { goDurationMs } from './go-duration.ts'

/** Refused because the devnode does not have it, not because Fabric would refuse it. */
export class Unimplemented extends Error {}

/** @throws Error with Fabric's sentence where the options or certificates are not such as it takes */
export function readRaftMetadata(encoded: Uint8Array, tls: Authorities): orderer.etcdraft.ConfigMetadata {
  const metadata = decode(orderer.etcdraft.ConfigMetadata, encoded)
  checkOptions(metadata.getOptions())
  const consenters = metadata.getConsentersList()
  if (consenters.length === 0) throw new Error('empty consenter set')
  const seen = new Set<string>()
  for (const consenter of consenters) {
    const where = `${consenter.getHost()}:${consenter.getPort()}`
    for (const side of ['client', 'server'] as const) checkTls(consenter, side, tls, where)
    const keys = [consenter.getServerTlsCert_asB64(), consenter.getClientTlsCert_asB64()]
    if (keys.some((key) => seen.has(key))) throw new Error(`duplicate consenter: ${where}`)
    for (const key of keys) seen.add(key)
  }
  return metadata
}

/** @throws Unimplemented unless this is Raft with one consenter */
export function checkImplemented(consensusType: string, metadata: Uint8Array): void {
  if (consensusType !== 'etcdraft') {
    throw new Unimplemented(`UNIMPLEMENTED: the devnode orders by etcdraft alone, not by ${consensusType}`)
  }
  const consenters = decode(orderer.etcdraft.ConfigMetadata, metadata).getConsentersList().length
  if (consenters > 1) {
    throw new Unimplemented(`UNIMPLEMENTED: the devnode orders alone, and this config has ${consenters} consenters`)
  }
}

/** Whether a consenter's certificate has the key of this one; as in Fabric a renewed certificate counts. */
export function isConsenter(metadata: Uint8Array, own: Certificate): boolean {
  return decode(orderer.etcdraft.ConfigMetadata, metadata)
    .getConsentersList()
    .some((consenter) =>
      [consenter.getClientTlsCert_asU8(), consenter.getServerTlsCert_asU8()].some((pem) =>
        readCertificate(pem).x509.publicKey.equals(own.x509.publicKey),
      ),
    )
}

function checkOptions(options: orderer.etcdraft.Options | undefined): void {
  if (!options) throw new Error('nil Raft config metadata options')
  const [heartbeat, election, inflight] = [
    options.getHeartbeatTick(),
    options.getElectionTick(),
    options.getMaxInflightBlocks(),
  ]
  if (heartbeat === 0 || election === 0 || inflight === 0) {
    throw new Error(
      `none of HeartbeatTick (${heartbeat}), ElectionTick (${election}) and MaxInflightBlocks (${inflight}) can be zero`,
    )
  }
  if (election <= heartbeat) {
    throw new Error(`ElectionTick (${election}) must be greater than HeartbeatTick (${heartbeat})`)
  }
  const tick = options.getTickInterval()
  let tickMs: number
  try {
    tickMs = goDurationMs(tick)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`failed to parse TickInterval (${tick}) to time duration: ${reason}`, { cause: error })
  }
  if (tickMs === 0) throw new Error('TickInterval cannot be zero')
}

function checkTls(
  consenter: orderer.etcdraft.Consenter,
  side: 'client' | 'server',
  tls: Authorities,
  where: string,
): void {
  const pem = side === 'client' ? consenter.getClientTlsCert_asU8() : consenter.getServerTlsCert_asU8()
  const invalid = (reason: string, cause: unknown) =>
    new Error(`consenter ${where} has invalid certificate: ${reason}`, { cause })
  let certificate: Certificate
  try {
    certificate = readCertificate(pem)
  } catch (error) {
    throw invalid(`parsing tls ${side} cert of ${where}: no PEM data found in cert`, error)
  }
  try {
    chainOf(certificate, tls)
  } catch (error) {
    const serial = BigInt(`0x${certificate.x509.serialNumber}`)
    const reason = error instanceof Error ? error.message : String(error)
    throw invalid(`verifying tls ${side} cert with serial number ${serial}: ${reason}`, error)
  }
}
