import { News } from './news';
import { Realtime } from './realtime';

export default function Page() {
  return (
    <Realtime>
      <News />
    </Realtime>
  );
}
