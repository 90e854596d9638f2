'use strict'
/*
 * Starts the contract in this folder as a service that peers dial. Written into each built contract by Cello; plain
 * CommonJS, because it is the first thing that a contract node runs and whatever fabric-shim lies beside it is loaded.
 *
 * CHAINCODE_SERVER_ADDRESS   host:port to listen on
 * CHAINCODE_ID               the package id that peers know this contract by
 * CHAINCODE_TLS_CERT, CHAINCODE_TLS_KEY   PEM files; both or neither
 * CHAINCODE_CLIENT_CA_CERT   PEM file: clients must show a certificate of this authority
 * CELLO_KEPT_MODULES         kept-modules.cjs beside the kept modules of the packages in this folder; absent: they are loaded as they are
 */
const { readFileSync } = require('node:fs')
const path = require('node:path')
const { inspect } = require('node:util')

const { CHAINCODE_SERVER_ADDRESS, CHAINCODE_ID } = process.env
const { CHAINCODE_TLS_CERT, CHAINCODE_TLS_KEY, CHAINCODE_CLIENT_CA_CERT } = process.env
const { CELLO_KEPT_MODULES } = process.env

async function main() {
  if (!CHAINCODE_SERVER_ADDRESS) throw new Error('CHAINCODE_SERVER_ADDRESS is not set: the host:port to listen on')
  if (!CHAINCODE_ID) throw new Error('CHAINCODE_ID is not set: the package id that peers know this contract by')
  // What `fabric-chaincode-node server` calls, without its command line: that one ends with 0 when it cannot listen.
  const bootstrap = loadBootstrap()
  const { contracts, serializers, title, version } = bootstrap.getInfoFromContract(__dirname)
  const metadata = await bootstrap.getMetadata(__dirname)
  await bootstrap.register(contracts, serializers, metadata, title, version, serverOptions(), true)
  process.stdout.write(`contract ${title} ${version} listens on ${CHAINCODE_SERVER_ADDRESS} as ${CHAINCODE_ID}\n`)
}

/** On the packages that come with Cello from what is kept of them, else as anybody would. */
function loadBootstrap() {
  if (!CELLO_KEPT_MODULES) return require('fabric-shim/lib/contract-spi/bootstrap')
  return require(CELLO_KEPT_MODULES).openKept(path.join(__dirname, 'node_modules'))(
    'fabric-shim/lib/contract-spi/bootstrap.js',
  )
}

/** The values that fabric-shim's own command line has as defaults. */
function serverOptions() {
  const tls = CHAINCODE_TLS_CERT && CHAINCODE_TLS_KEY
  return {
    ccid: CHAINCODE_ID,
    address: CHAINCODE_SERVER_ADDRESS,
    'grpc.max_send_message_length': -1,
    'grpc.max_receive_message_length': -1,
    'grpc.keepalive_time_ms': 110_000,
    'grpc.http2.min_time_between_pings_ms': 110_000,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.http2.max_pings_without_data': 0,
    'grpc.keepalive_permit_without_calls': 1,
    ...(tls && {
      tlsProps: {
        cert: readFileSync(CHAINCODE_TLS_CERT),
        key: readFileSync(CHAINCODE_TLS_KEY),
        ...(CHAINCODE_CLIENT_CA_CERT && { clientCACerts: readFileSync(CHAINCODE_CLIENT_CA_CERT) }),
      },
    }),
  }
}

process.on('SIGTERM', () => process.exit(0))
main().catch((error) => {
  // Not everything thrown here is an Error: ajv's are not.
  process.stderr.write(`${inspect(error)}\n`)
  process.exit(1)
})
