/**
 * Somebody who can act on a network: an MSP id, an X.509 certificate and the use of its private key. The key itself may
 * be elsewhere (an HSM, a sealed store), so signing is asynchronous.
 */
export interface Signer {
  readonly mspId: string
  /** The enrolment certificate, PEM, low-S signature (Fabric's MSP compares certificates byte for byte). */
  readonly certificate: string
  /** ECDSA P-256 over SHA-256 of `message`, DER, S in the lower half of the order (Fabric refuses the upper half). */
  sign(message: Uint8Array): Promise<Uint8Array>
}
