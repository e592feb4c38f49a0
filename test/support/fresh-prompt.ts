let prompts = 0;

/** Messages that no request of this test file has had before, so that no cache has an answer to them. */
export const freshPrompt = (): { role: string; content: string }[] => [
  { role: 'user', content: `question ${(prompts += 1)}` },
];
