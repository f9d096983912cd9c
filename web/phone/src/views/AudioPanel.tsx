import type { App } from "../app";
import { type AudioDevice, speakersCanBeChosen } from "../devices";
import { MicIcon, SoundIcon } from "./icons";

/** Which microphone and which speaker this call uses. Kept for the next calls on this device. */
export function AudioPanel({ app }: { app: App }) {
  const { devices, figures } = app.state;
  return (
    <div class="audio">
      <Choose
        name="microphone"
        title="Microphone"
        icon={<MicIcon />}
        devices={devices.microphones}
        current={devices.microphone}
        choose={(id) => app.chooseMicrophone(id)}
        none="Your browser names no microphone."
      >
        <span class="spoken" aria-hidden="true" style={{ "--level": String(Math.min(1, figures.spoken * 2.5)) }} />
      </Choose>
      <Choose
        name="speaker"
        title="Speaker"
        icon={<SoundIcon />}
        devices={devices.speakers}
        current={devices.speaker}
        choose={(id) => app.chooseSpeaker(id)}
        none={speakersCanBeChosen() ? "Your browser names no speaker." : "This browser plays calls where the system plays sound. Choose there."}
      />
    </div>
  );
}

interface ChooseProps {
  name: string;
  title: string;
  icon: preact.ComponentChildren;
  devices: AudioDevice[];
  current: string | undefined;
  choose: (id: string) => void;
  /** Said where there is nothing to choose. */
  none: string;
  children?: preact.ComponentChildren;
}

const Choose = ({ name, title, icon, devices, current, choose, none, children }: ChooseProps) => (
  <fieldset class="audio-set">
    <legend>
      {icon} {title} {children}
    </legend>
    {devices.length === 0 && <p class="audio-none">{none}</p>}
    {devices.map(({ id, label }) => (
      <label key={id} class="audio-one">
        <input type="radio" name={name} checked={id === current} onChange={() => choose(id)} />
        <bdi>{label}</bdi>
      </label>
    ))}
  </fieldset>
);
