import { ArrowUpToLine, CircleAlert, MonitorX, Volume2, WifiOff } from "lucide-react";
import { useStore } from "../store";
import { useSession, useWords } from "./context";
import { DeviceTroubleNotice } from "./DeviceTroubleNotice";
import { Notice } from "./Notice";

/** What is going on, in words, over the foot of the picture: trouble first, then questions. */
export function RoomNotices({ mayPublish }: { mayPublish: boolean }) {
  const words = useWords();
  const session = useSession();
  const { lines, isOffline } = useStore(session.connection);
  const { isInvited, refusal } = useStore(session.state);
  const { mayPlaySound } = useStore(session.stage);
  const capture = useStore(session.capture.state);
  return (
    <div className="room-notices grid gap-2 empty:hidden max-md:text-sm">
      {isOffline ? (
        <Notice kind="warning" icon={WifiOff} title={words.offline} text={words.offlineText} />
      ) : lines.engine === "reconnecting" ? (
        <Notice kind="warning" icon={WifiOff} title={words.lostLine} text={words.lostLineText} />
      ) : (
        lines.messages === "reconnecting" && <Notice kind="warning" icon={WifiOff} title={words.lostChat} />
      )}
      {refusal && <Notice kind="error" icon={CircleAlert} title={words.refusal(refusal)} isAlert onClose={session.forgetRefusal} />}
      {isInvited && (
        <Notice kind="lit" icon={ArrowUpToLine} title={words.invited} text={words.invitedText}>
          <button type="button" className="btn btn-primary btn-sm" onClick={() => session.answerInvitation(true)}>{words.accept}</button>
          <button type="button" className="btn btn-line btn-sm" onClick={() => session.answerInvitation(false)}>{words.decline}</button>
        </Notice>
      )}
      {!mayPlaySound && (
        <Notice kind="lit" icon={Volume2} title={words.clickToHear + "."} text={words.clickToHearText}>
          <button type="button" className="btn btn-primary btn-sm" onClick={session.playSound}>{words.clickToHear}</button>
        </Notice>
      )}
      {mayPublish && (["microphone", "camera"] as const).map((kind) => {
        const { trouble } = capture[kind];
        return trouble && <DeviceTroubleNotice key={kind} kind={kind} trouble={trouble} onRetry={() => void session.capture.turn(kind, true)} />;
      })}
      {capture.screenStopped && (
        <Notice icon={MonitorX} title={words.screenStopped} text={words.screenStoppedText} onClose={session.capture.forgetScreenStopped}>
          <button type="button" className="btn btn-line btn-sm" onClick={() => void session.capture.shareScreen(true)}>{words.shareAgain}</button>
        </Notice>
      )}
    </div>
  );
}
