'use strict'
/** Used by keep-modules-program.ts alone; plain CommonJS, because what it speaks by is loaded as contracts load it. */

/** Of nobody; its key was thrown away. */
const certificate = `
-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUJTW2vKn29jPaEnwdzkIHb6IDebwwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGY2FsbGVyMCAXDTI2MTEyMjIyMjczOFoYDzIxMjYxMDI5MjIy
NzM4WjARMQ8wDQYDVQQDDAZjYWxsZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASl0sBDUqTAdFVldLPhhnCbWsoBLyku4D+AOytsZHE0SNh5scH9Hu92MR9mWfch
ybj4xc8MtDo0BQBu7ovKu48Lo1MwUTAdBgNVHQ4EFgQUNbnmG95GrR/uYSExl8+T
MmZaeqYwHwYDVR0jBBgwFoAUNbnmG95GrR/uYSExl8+TMmZaeqYwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAHy20SKc5niBCuLlAUQ+FaGXRGbcKe
977brAkLie0EywIhAOuVSrYAU2ZVWBzATdhFn96eGeYfWSvCZx1aPnMxWMfL
-----END CERTIFICATE-----
`

/**
 * Calls a contract once, as a peer would that got `args` from a client. Whatever the contract reads is not there.
 * @param address of the contract's server
 * @param packages grpc-js, and the modules of fabric-protos
 * @returns the status of its response
 */
function callOnce(address, args, { grpc, common, msp, peer }) {
  const { Type } = peer.ChaincodeMessage
  const client = new peer.ChaincodeClient(address, grpc.credentials.createInsecure())
  const stream = client.connect()
  const call = { channelId: 'small', txid: '1' }
  const send = (more) => stream.write(filled(new peer.ChaincodeMessage(), { ...call, ...more }))
  const start = () => {
    send({ type: Type.REGISTERED })
    send({ type: Type.READY })
    const input = filled(new peer.ChaincodeInput(), { argsList: args.map((arg) => Buffer.from(arg)) })
    const proposal = signedProposal(call, { common, msp, peer })
    send({ type: Type.TRANSACTION, payload: input.serializeBinary(), proposal })
  }
  return new Promise((resolve, reject) => {
    stream.once('error', reject)
    stream.on('data', (message) => {
      const type = message.getType()
      if (type === Type.REGISTER) start()
      else if (type === Type.ERROR) reject(new Error(Buffer.from(message.getPayload_asU8()).toString()))
      else if (type === Type.COMPLETED) resolve(peer.Response.deserializeBinary(message.getPayload_asU8()).getStatus())
      else send({ type: Type.RESPONSE })
    })
  }).finally(() => client.close())
}

function signedProposal({ channelId, txid }, { common, msp, peer }) {
  const bytes = (message, fields) => filled(message, fields).serializeBinary()
  const creator = bytes(new msp.SerializedIdentity(), { mspid: 'Small', idBytes: Buffer.from(certificate.trim()) })
  const header = bytes(new common.Header(), {
    channelHeader: bytes(new common.ChannelHeader(), { type: 3, channelId, txId: txid }),
    signatureHeader: bytes(new common.SignatureHeader(), { creator, nonce: Buffer.alloc(24) }),
  })
  const payload = bytes(new peer.ChaincodeProposalPayload(), { input: Buffer.from('small') })
  const proposalBytes = bytes(new peer.Proposal(), { header, payload })
  return filled(new peer.SignedProposal(), { proposalBytes, signature: Buffer.alloc(64) })
}

function filled(message, fields) {
  for (const [name, value] of Object.entries(fields)) message[`set${name[0].toUpperCase()}${name.slice(1)}`](value)
  return message
}

module.exports = { callOnce }
