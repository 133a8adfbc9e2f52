/** This node can't take part in the quorum it was sent to; the message is one sentence that says what to do. */
export class QuorumRefusal extends Error {
  override readonly name = 'QuorumRefusal'
}
