'use client';

import { ChannelProvider, useChannel, useConnectionStateListener } from 'ably/react';
import { useState } from 'react';

export function News() {
  return (
    <ChannelProvider channelName="news">
      <Headlines />
    </ChannelProvider>
  );
}

function Headlines() {
  const [headlines, setHeadlines] = useState<string[]>([]);
  const [problem, setProblem] = useState<string>();

  useChannel('news', (message) => setHeadlines((before) => [...before, String(message.data)]));
  // After a 403 of the endpoint the client stops for good: `failed`, and the cause has the endpoint's own text.
  useConnectionStateListener('failed', ({ reason }) => setProblem(reason?.cause?.message ?? reason?.message));

  if (problem !== undefined) return <p role="alert">{problem}</p>;
  return (
    <ul>
      {headlines.map((headline, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows at its end
        <li key={i}>{headline}</li>
      ))}
    </ul>
  );
}
