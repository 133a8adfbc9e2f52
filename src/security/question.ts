export interface Question {
  /** `Type:name` */
  readonly principal: string
  /** The client's address as Java writes it. */
  readonly host: string
  readonly operation: number
  readonly resourceType: number
  readonly name: string
}
