import { useId } from "react";
import type { Capture, DeviceKind } from "../capture";
import { useStore } from "../store";
import { useWords } from "./context";

export interface DeviceFieldsProps {
  capture: Capture;
  onSpeaker?: (deviceId: string) => void;
}

/** Which camera, microphone and loudspeaker. Browsers tell their names only once one of them was allowed. */
export function DeviceFields({ capture, onSpeaker }: DeviceFieldsProps) {
  const words = useWords();
  const { camera, microphone, cameras, microphones, speakers, speakerId } = useStore(capture.state);
  const choose = (kind: DeviceKind) => (deviceId: string) => void capture.choose(kind, deviceId);
  return (
    <>
      <Choice label={words.camera} devices={cameras} chosen={camera.deviceId} onChoose={choose("camera")} />
      <Choice label={words.microphone} devices={microphones} chosen={microphone.deviceId} onChoose={choose("microphone")} />
      {speakers.length > 0 && (
        <Choice label={words.speaker} devices={speakers} chosen={speakerId} onChoose={onSpeaker ?? ((id) => void capture.choose("speaker", id))} />
      )}
    </>
  );
}

function Choice({ label, devices, chosen, onChoose }: { label: string; devices: MediaDeviceInfo[]; chosen: string; onChoose: (id: string) => void }) {
  const words = useWords();
  const id = useId();
  return (
    <div className="field min-w-0">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="select" value={devices.some((one) => one.deviceId === chosen) ? chosen : ""} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{words.defaultDevice}</option>
        {devices.map((device) => (
          <option key={device.deviceId} value={device.deviceId}>{device.label || label}</option>
        ))}
      </select>
    </div>
  );
}
