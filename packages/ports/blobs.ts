/** Bytes by their SHA-256. What is kept is never changed. */
export interface Blobs {
  /** @returns the digest, lower-case hex. Durable when it returns. */
  put(bytes: Uint8Array): Promise<string>
  /** @throws PlatformError NOT_FOUND, or INTERNAL when the bytes no longer have that digest. */
  get(digest: string): Promise<Uint8Array>
  delete(digest: string): Promise<void>
}
