// Asks one question at a time, and of those that come meanwhile only the last. For answers that take a moment
// while somebody moves a slider.

export type Asked<Answer> =
  /** `answer` is that of an earlier question, if there was one. */
  { busy: boolean; answer: Answer | null; failure: unknown };

export class Newest<Question, Answer> {
  private state: Asked<Answer> = { busy: false, answer: null, failure: null };
  private waiting: { question: Question } | null = null;
  private asking = false;
  private closed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `rest`: milliseconds without a new question before one is asked. */
  constructor(
    private readonly ask: (question: Question) => Promise<Answer>,
    private readonly tell: (state: Asked<Answer>) => void,
    private readonly rest: number,
  ) {}

  want(question: Question): void {
    if (this.closed) return;
    this.waiting = { question };
    this.put({ ...this.state, busy: true });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.next(), this.rest);
  }

  /** Nothing is to be asked any more; an answer on its way does not count. */
  forget(): void {
    clearTimeout(this.timer);
    this.waiting = null;
    this.put({ ...this.state, busy: false, failure: null });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async next(): Promise<void> {
    if (this.asking || !this.waiting) return;
    const { waiting } = this;
    this.asking = true;
    const answered = await this.ask(waiting.question).then(
      (answer): Asked<Answer> => ({ busy: false, answer, failure: null }),
      (failure: unknown): Asked<Answer> => ({ busy: false, answer: null, failure }),
    );
    this.asking = false;
    if (this.waiting === waiting) {
      this.waiting = null;
      this.put(answered);
    } else if (this.waiting) {
      clearTimeout(this.timer);
      await this.next();
    }
  }

  private put(state: Asked<Answer>): void {
    if (this.closed) return;
    this.state = state;
    this.tell(state);
  }
}
