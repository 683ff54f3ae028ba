<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
 <context>
  <name>milmer_live</name>
  <message>
   <source>'{names}' leaves a channel without a name.</source>
   <translation>„{names}“ lässt einen Kanal ohne Namen.</translation>
  </message>
  <message>
   <source>'{name}' cannot be read ({what}).</source>
   <translation>„{name}“ ist nicht lesbar ({what}).</translation>
  </message>
  <message>
   <source>'{name}' counts its electrodes ({some}), and has no sites of the head.</source>
   <translation>„{name}“ zählt seine Elektroden ({some}) und nennt keine Orte am Kopf.</translation>
  </message>
  <message>
   <source>'{name}' has no channel {channel} to be the reference.</source>
   <translation>„{name}“ hat keinen Kanal {channel} als Referenz.</translation>
  </message>
  <message>
   <source>'{name}' has no channel {channel}.</source>
   <translation>„{name}“ hat keinen Kanal {channel}.</translation>
  </message>
  <message>
   <source>'{name}' has samples that are not numbers, in {names}.</source>
   <translation>„{name}“ hat Werte, die keine Zahlen sind, in {names}.</translation>
  </message>
  <message>
   <source>'{name}' has samples that are too large to be filtered.</source>
   <translation>„{name}“ hat Werte, die zum Filtern zu groß sind.</translation>
  </message>
  <message>
   <source>'{name}' has {count} EEG channels without a name.</source>
   <translation>„{name}“ hat {count} EEG-Kanäle ohne Namen.</translation>
  </message>
  <message>
   <source>'{name}' has {count} channels, and {given} are named by --channels.</source>
   <translation>„{name}“ hat {count} Kanäle, und --channels nennt {given}.</translation>
  </message>
  <message>
   <source>'{name}' is kept open without a look at its sender, which failed ({what}).</source>
   <translation>„{name}“ bleibt verbunden, ohne dass nach dem Sender gesehen wird: Das ist fehlgeschlagen ({what}).</translation>
  </message>
  <message>
   <source>'{name}' is no unit of voltage.</source>
   <translation>„{name}“ ist keine Einheit der Spannung.</translation>
  </message>
  <message>
   <source>'{name}' is numbers at a fixed rate: it is a signal, and recorded as one.</source>
   <translation>„{name}“ sind Zahlen mit fester Rate: das ist ein Signal und wird als eines aufgezeichnet.</translation>
  </message>
  <message>
   <source>'{name}' is numbers of the type '{type}': it is a signal, and recorded as one.</source>
   <translation>„{name}“ sind Zahlen vom Typ „{type}“: das ist ein Signal und wird als eines aufgezeichnet.</translation>
  </message>
  <message>
   <source>'{name}' is recognised as {device}. It knows {share} of the model's EEG.</source>
   <translation>„{name}“ ist als {device} erkannt. Es erfasst {share} des EEG des Modells.</translation>
  </message>
  <message>
   <source>'{name}' is recognised as {title}, {count} EEG channels and {others} others.</source>
   <translation>„{name}“ ist als {title} erkannt: {count} EEG-Kanäle und {others} andere.</translation>
  </message>
  <message>
   <source>'{name}' is recognised as {title}, {count} EEG channels.</source>
   <translation>„{name}“ ist als {title} erkannt: {count} EEG-Kanäle.</translation>
  </message>
  <message>
   <source>'{name}' is written as recorded, each sample with its time: no steady rate.</source>
   <translation>'{name}' ist wie aufgezeichnet geschrieben, jeder Wert mit seiner Zeit: keine gleichmäßige Rate.</translation>
  </message>
  <message>
   <source>'{name}' is written as recorded, each sample with its time: {hz} Hz.</source>
   <translation>'{name}' ist wie aufgezeichnet geschrieben, jeder Wert mit seiner Zeit: {hz} Hz.</translation>
  </message>
  <message>
   <source>'{name}' is written at {hz} Hz; by its stamps it has {rate} Hz, it was resampled.</source>
   <translation>'{name}' ist mit {hz} Hz geschrieben; nach den Zeitstempeln hat es {rate} Hz, es wurde umgerechnet.</translation>
  </message>
  <message>
   <source>'{name}' is written at {hz} Hz; by its stamps it has {rate} Hz, samples are as recorded.</source>
   <translation>'{name}' ist mit {hz} Hz geschrieben; nach den Zeitstempeln hat es {rate} Hz, die Werte sind wie aufgezeichnet.</translation>
  </message>
  <message>
   <source>'{name}' knows {share} of the model's EEG.</source>
   <translation>„{name}“ erfasst {share} des EEG des Modells.</translation>
  </message>
  <message>
   <source>'{name}' states no sampling rate, and its samples come at no steady rate.</source>
   <translation>„{name}“ nennt keine Abtastrate, und seine Werte kommen in keinem gleichmäßigen Takt.</translation>
  </message>
  <message>
   <source>'{name}' states no sampling rate: it is measured over 5 s.</source>
   <translation>„{name}“ nennt keine Abtastrate: Sie wird über 5 s gemessen.</translation>
  </message>
  <message>
   <source>'{name}' states no voltage ({unit}): choose its unit, else the model runs without EEG. It is recorded in either case.</source>
   <translation>„{name}“ gibt keine Spannung an ({unit}): Wählen Sie die Einheit, sonst läuft das Modell ohne EEG. Aufgenommen wird in jedem Fall.</translation>
  </message>
  <message>
   <source>'{name}', trained on {data}.</source>
   <translation>„{name}“, trainiert mit {data}.</translation>
  </message>
  <message>
   <source>'{spec}' is not a board: after the question mark come name=value pairs.</source>
   <translation>„{spec}“ ist kein Board: Nach dem Fragezeichen folgen Paare Name=Wert.</translation>
  </message>
  <message>
   <source>'{spec}' names no EEG source.</source>
   <translation>„{spec}“ bezeichnet keine EEG-Quelle.</translation>
  </message>
  <message>
   <source>'{spec}' names no camera.</source>
   <translation>„{spec}“ bezeichnet keine Kamera.</translation>
  </message>
  <message>
   <source>'{spec}' names no markers.</source>
   <translation>„{spec}“ bezeichnet keine Marker.</translation>
  </message>
  <message>
   <source>'{spec}' names no signal source.</source>
   <translation>„{spec}“ bezeichnet keine Signalquelle.</translation>
  </message>
  <message>
   <source>1 channel, unfiltered · last {seconds} s</source>
   <translation>1 Kanal, ungefiltert · letzte {seconds} s</translation>
  </message>
  <message>
   <source>1 event was before or after the samples and is left out; csv and npz have all.</source>
   <translation>1 Ereignis lag vor oder nach den Werten und fehlt; CSV und NPZ haben alle.</translation>
  </message>
  <message>
   <source>1 frame</source>
   <translation>1 Bild</translation>
  </message>
  <message>
   <source>1 gap of {s} s</source>
   <translation>1 Lücke von {s} s</translation>
  </message>
  <message>
   <source>1 gap, {lost} samples known lost</source>
   <translation>1 Lücke, {lost} Samples sicher verloren</translation>
  </message>
  <message>
   <source>1 line</source>
   <translation>1 Zeile</translation>
  </message>
  <message>
   <source>1 marker</source>
   <translation>1 Marker</translation>
  </message>
  <message>
   <source>1 prediction</source>
   <translation>1 Vorhersage</translation>
  </message>
  <message>
   <source>1 sample</source>
   <translation>1 Messwert</translation>
  </message>
  <message>
   <source>1 text longer than {most} characters: cut, and whole in CSV and NPZ.</source>
   <translation>1 Text länger als {most} Zeichen: gekürzt, in CSV und NPZ ganz.</translation>
  </message>
  <message>
   <source>1 text with commas: they are semicolons.</source>
   <translation>1 Text mit Kommas: sie sind Semikolons.</translation>
  </message>
  <message>
   <source>1 text with line breaks, tabs or control characters: they are written as \n, \t, ….</source>
   <translation>1 Text mit Zeilenumbrüchen, Tabulatoren oder Steuerzeichen: sie sind als \n, \t, … geschrieben.</translation>
  </message>
  <message>
   <source>1 text without a word: "(empty)".</source>
   <translation>1 Text ohne ein Wort: "(empty)".</translation>
  </message>
  <message>
   <source>1 time stamp jumped</source>
   <translation>1 Zeitstempel ist gesprungen</translation>
  </message>
  <message>
   <source>1 time stamp ran backwards</source>
   <translation>1 Zeitstempel lief rückwärts</translation>
  </message>
  <message>
   <source>? lists every key. Panels are dragged by their title, and F2 to F9 hide and show them. Connect your devices, or see the demo first.</source>
   <translation>? zeigt alle Tasten. Ansichten werden am Titel gezogen, F2 bis F9 blenden sie aus und ein. Verbinden Sie Ihre Geräte oder sehen Sie erst die Demo.</translation>
  </message>
  <message>
   <source>A BrainFlow board gives µV: it needs no unit.</source>
   <translation>Ein BrainFlow-Board liefert µV: Es braucht keine Einheit.</translation>
  </message>
  <message>
   <source>A camera has no address that begins with '{name}:'.</source>
   <translation>Keine Adresse einer Kamera beginnt mit „{name}:“.</translation>
  </message>
  <message>
   <source>A camera needs moving pictures: choose a video file.</source>
   <translation>Eine Kamera braucht bewegte Bilder: Wählen Sie eine Videodatei.</translation>
  </message>
  <message>
   <source>A cross</source>
   <translation>Ein Kreuz</translation>
  </message>
  <message>
   <source>A face is in the picture that is not known as the participant's, and it is not used.</source>
   <translation>Im Bild ist ein Gesicht, das nicht als das der Versuchsperson bekannt ist; es wird nicht verwendet.</translation>
  </message>
  <message>
   <source>A face without key points cannot be aligned.</source>
   <translation>Ein Gesicht ohne Merkpunkte kann nicht ausgerichtet werden.</translation>
  </message>
  <message>
   <source>A filter at {edge:g} Hz needs a stream of more than {least:g} Hz: choose a lower one.</source>
   <translation>Ein Filter bei {edge:g} Hz braucht einen Stream mit mehr als {least:g} Hz: niedriger wählen.</translation>
  </message>
  <message>
   <source>A firewall may block LSL (UDP and TCP ports {ports}).</source>
   <translation>Vielleicht sperrt eine Firewall LSL (UDP- und TCP-Ports {ports}).</translation>
  </message>
  <message>
   <source>A key from 1 to 9; Esc: no rating</source>
   <translation>Eine Taste von 1 bis 9; Esc: keine Wertung</translation>
  </message>
  <message>
   <source>A label holds for the last</source>
   <translation>Ein Label gilt für die letzten</translation>
  </message>
  <message>
   <source>A minute of rest is taken apart into independent components; blinks and muscles are proposed for removal. Everything goes on meanwhile.</source>
   <translation>Eine Minute Ruhe wird in unabhängige Komponenten zerlegt; Lidschläge und Muskeln werden zum Entfernen vorgeschlagen. Alles läuft unterdessen weiter.</translation>
  </message>
  <message>
   <source>A profile of a device is passed over: {why}</source>
   <translation>Ein Geräteprofil wird übergangen: {why}</translation>
  </message>
  <message>
   <source>A recording was not closed in order</source>
   <translation>Eine Aufnahme wurde nicht ordentlich beendet</translation>
  </message>
  <message>
   <source>A stream of {hz} Hz is too slow for the model, which takes {rate} Hz.</source>
   <translation>Ein Strom mit {hz} Hz ist zu langsam für das Modell, das {rate} Hz braucht.</translation>
  </message>
  <message>
   <source>About {seconds} s of it were damaged and are lost.</source>
   <translation>Etwa {seconds} s davon waren beschädigt und sind verloren.</translation>
  </message>
  <message>
   <source>Address</source>
   <translation>Adresse</translation>
  </message>
  <message>
   <source>Affect</source>
   <translation>Affekt</translation>
  </message>
  <message>
   <source>Affect grid: valence and arousal from 1 to 9</source>
   <translation>Affektgitter: Valenz und Arousal von 1 bis 9</translation>
  </message>
  <message>
   <source>All signals</source>
   <translation>Alle Signale</translation>
  </message>
  <message>
   <source>All streams …</source>
   <translation>Alle Ströme …</translation>
  </message>
  <message>
   <source>All that was recorded so far is kept and closed in order.</source>
   <translation>Alles bisher Aufgenommene bleibt und wird ordentlich abgeschlossen.</translation>
  </message>
  <message>
   <source>All that was recorded so far is kept and closed in order. The new devices are recorded in a session of their own.</source>
   <translation>Alles bisher Aufgenommene bleibt erhalten und wird ordentlich abgeschlossen. Die neuen Geräte bekommen eine eigene Sitzung.</translation>
  </message>
  <message>
   <source>All that was recorded so far is kept and closed in order. Then the program ends.</source>
   <translation>Alles bisher Aufgenommene bleibt erhalten und wird ordentlich abgeschlossen. Danach endet das Programm.</translation>
  </message>
  <message>
   <source>All that was required is whole</source>
   <translation>Alles Nötige ist vollständig</translation>
  </message>
  <message>
   <source>An LSL source needs the stream's name or its source_id.</source>
   <translation>Eine LSL-Quelle braucht den Namen des Stroms oder seine source_id.</translation>
  </message>
  <message>
   <source>An LSL stream is not found by '{text}': '{part}' is not understood.</source>
   <translation>Unter „{text}“ ist kein LSL-Strom zu finden: „{part}“ ist unverständlich.</translation>
  </message>
  <message>
   <source>Answers cannot be smoothed over {hz} s.</source>
   <translation>Antworten lassen sich nicht über {hz} s glätten.</translation>
  </message>
  <message>
   <source>Are the name and the password right?</source>
   <translation>Stimmen Name und Passwort?</translation>
  </message>
  <message>
   <source>Arousal</source>
   <translation>Arousal</translation>
  </message>
  <message>
   <source>Arousal →</source>
   <translation>Arousal →</translation>
  </message>
  <message>
   <source>Artifacts</source>
   <translation>Artefakte</translation>
  </message>
  <message>
   <source>Artifacts …</source>
   <translation>Artefakte …</translation>
  </message>
  <message>
   <source>As stated</source>
   <translation>Wie angegeben</translation>
  </message>
  <message>
   <source>BDF+</source>
   <translation>BDF+</translation>
  </message>
  <message>
   <source>BIDS takes letters and digits alone: the session '{name}' is '{valid}'.</source>
   <translation>BIDS nimmt nur Buchstaben und Ziffern: Die Sitzung '{name}' heißt '{valid}'.</translation>
  </message>
  <message>
   <source>BIDS takes letters and digits alone: the subject '{name}' is '{valid}'.</source>
   <translation>BIDS nimmt nur Buchstaben und Ziffern: Die Person '{name}' heißt '{valid}'.</translation>
  </message>
  <message>
   <source>BIDS, a folder</source>
   <translation>BIDS, ein Ordner</translation>
  </message>
  <message>
   <source>Back</source>
   <translation>Zurück</translation>
  </message>
  <message>
   <source>Back to live</source>
   <translation>Zurück zu live</translation>
  </message>
  <message>
   <source>Balance of the recording</source>
   <translation>Bilanz der Aufnahme</translation>
  </message>
  <message>
   <source>Band of the map</source>
   <translation>Band der Karte</translation>
  </message>
  <message>
   <source>Baseline: {now} of {all} s. The participant looks at the cross and may blink.</source>
   <translation>Ruhephase: {now} von {all} s. Die Versuchsperson blickt auf das Kreuz und darf blinzeln.</translation>
  </message>
  <message>
   <source>Begin or end a trial</source>
   <translation>Durchgang beginnen oder beenden</translation>
  </message>
  <message>
   <source>Begin trial (T)</source>
   <translation>Durchgang beginnen (T)</translation>
  </message>
  <message>
   <source>Behind the device: {filters} ms by the filter (at 10 Hz; the time stamps do not know of it) and {resampling} ms by resampling (the time stamps allow for it).</source>
   <translation>Hinter dem Gerät zurück: {filters} ms durch den Filter (bei 10 Hz; die Zeitstempel wissen nichts davon) und {resampling} ms durch die Abtastratenwandlung (in den Zeitstempeln berücksichtigt).</translation>
  </message>
  <message>
   <source>Below the picture are the faces of the newest window. The network chooses some of them: they are framed, with their weights.</source>
   <translation>Unter dem Bild stehen die Gesichter des neuesten Fensters. Das Netz wählt einige davon: sie sind gerahmt, mit ihren Gewichten.</translation>
  </message>
  <message>
   <source>Board</source>
   <translation>Board</translation>
  </message>
  <message>
   <source>BrainFlow board</source>
   <translation>BrainFlow-Board</translation>
  </message>
  <message>
   <source>BrainFlow has no parameter '{name}'.</source>
   <translation>BrainFlow kennt keinen Parameter „{name}“.</translation>
  </message>
  <message>
   <source>BrainFlow knows no board '{name}'.</source>
   <translation>BrainFlow kennt kein Board „{name}“.</translation>
  </message>
  <message>
   <source>BrainVision</source>
   <translation>BrainVision</translation>
  </message>
  <message>
   <source>Bring the camera to {hz:.0f} % of its distance, or nearer.</source>
   <translation>Die Kamera auf {hz:.0f} % ihres Abstands heranrücken, oder näher.</translation>
  </message>
  <message>
   <source>CSV, a table</source>
   <translation>CSV, eine Tabelle</translation>
  </message>
  <message>
   <source>Calm</source>
   <translation>Ruhig</translation>
  </message>
  <message>
   <source>Camera</source>
   <translation>Kamera</translation>
  </message>
  <message>
   <source>Camera {state}</source>
   <translation>Kamera {state}</translation>
  </message>
  <message>
   <source>Cameras</source>
   <translation>Kameras</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Cancelled. Nothing was left behind.</source>
   <translation>Abgebrochen. Es ist nichts zurückgeblieben.</translation>
  </message>
  <message>
   <source>Cancelling …</source>
   <translation>Wird abgebrochen …</translation>
  </message>
  <message>
   <source>Channels</source>
   <translation>Kanäle</translation>
  </message>
  <message>
   <source>Check the amplifier and its electrodes.</source>
   <translation>Prüfen Sie den Verstärker und seine Elektroden.</translation>
  </message>
  <message>
   <source>Check the path.</source>
   <translation>Prüfen Sie den Pfad.</translation>
  </message>
  <message>
   <source>Checkpoints (*.safetensors)</source>
   <translation>Checkpoints (*.safetensors)</translation>
  </message>
  <message>
   <source>Choose 'All signals' to write them, too.</source>
   <translation>„Alle Signale“ schreibt auch sie.</translation>
  </message>
  <message>
   <source>Choose 0 (none) to {hz} s.</source>
   <translation>Wählen Sie 0 (keine) bis {hz} s.</translation>
  </message>
  <message>
   <source>Choose a stream of numbers; --markers {spec} records texts.</source>
   <translation>Wählen Sie einen Strom aus Zahlen; --markers {spec} nimmt Texte auf.</translation>
  </message>
  <message>
   <source>Choose a video file.</source>
   <translation>Wählen Sie eine Videodatei.</translation>
  </message>
  <message>
   <source>Choose another board.</source>
   <translation>Wählen Sie ein anderes Board.</translation>
  </message>
  <message>
   <source>Choose another in Connect (Ctrl+O), or name them there.</source>
   <translation>Wählen Sie unter Verbinden (Strg+O) eine andere, oder benennen Sie die Kanäle dort.</translation>
  </message>
  <message>
   <source>Choose another reference than {names}, or mend its electrode.</source>
   <translation>Wählen Sie eine andere Referenz als {names}, oder richten Sie die Elektrode.</translation>
  </message>
  <message>
   <source>Choose another, or name them: {spec}</source>
   <translation>Wählen Sie ein anderes, oder benennen Sie sie: {spec}</translation>
  </message>
  <message>
   <source>Choose devices, or try the demo (Ctrl+O)</source>
   <translation>Geräte wählen oder die Demo ausprobieren (Strg+O)</translation>
  </message>
  <message>
   <source>Choose faces.crop = box.</source>
   <translation>Wählen Sie faces.crop = box.</translation>
  </message>
  <message>
   <source>Choose one of: {names}.</source>
   <translation>Wählen Sie eine von: {names}.</translation>
  </message>
  <message>
   <source>Choose the frames of `milmer-live replay`; cameras are named camera:0.</source>
   <translation>Wählen Sie die Bilder von `milmer-live replay`; Kameras heißen camera:0.</translation>
  </message>
  <message>
   <source>Choose their layout in Connect (Ctrl+O), or name them there.</source>
   <translation>Wählen Sie unter Verbinden (Strg+O) ihre Anordnung, oder benennen Sie die Kanäle dort.</translation>
  </message>
  <message>
   <source>Choose who takes part and what may be kept, then record. What is red is being recorded; stripes mean that something needs you.</source>
   <translation>Wählen Sie, wer teilnimmt und was behalten werden darf, dann nehmen Sie auf. Rot heißt Aufnahme; Streifen heißen, dass etwas Sie braucht.</translation>
  </message>
  <message>
   <source>Choose …</source>
   <translation>Wählen …</translation>
  </message>
  <message>
   <source>Click the participant's face</source>
   <translation>Gesicht der Versuchsperson anklicken</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Close that first.</source>
   <translation>Schließen Sie es dort zuerst.</translation>
  </message>
  <message>
   <source>Close the program that uses it.</source>
   <translation>Schließen Sie das Programm, das ihn benutzt.</translation>
  </message>
  <message>
   <source>Closer</source>
   <translation>Näher</translation>
  </message>
  <message>
   <source>Codec</source>
   <translation>Codec</translation>
  </message>
  <message>
   <source>Components are being fitted already.</source>
   <translation>Es werden schon Komponenten bestimmt.</translation>
  </message>
  <message>
   <source>Connect</source>
   <translation>Verbinden</translation>
  </message>
  <message>
   <source>Connect a device or start the demo, then record.</source>
   <translation>Erst ein Gerät verbinden oder die Demo starten, dann aufnehmen.</translation>
  </message>
  <message>
   <source>Connect an amplifier first.</source>
   <translation>Verbinden Sie zuerst einen Verstärker.</translation>
  </message>
  <message>
   <source>Connect …</source>
   <translation>Verbinden …</translation>
  </message>
  <message>
   <source>Connected</source>
   <translation>Verbunden</translation>
  </message>
  <message>
   <source>Connecting</source>
   <translation>Verbindet</translation>
  </message>
  <message>
   <source>Connection</source>
   <translation>Verbindung</translation>
  </message>
  <message>
   <source>Consent</source>
   <translation>Einwilligung</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>Kopieren</translation>
  </message>
  <message>
   <source>Copy the log</source>
   <translation>Protokoll kopieren</translation>
  </message>
  <message>
   <source>Correct</source>
   <translation>Berichtigen</translation>
  </message>
  <message>
   <source>Correct the chosen label; what was said first is kept</source>
   <translation>Das gewählte Label berichtigen; das erste bleibt erhalten</translation>
  </message>
  <message>
   <source>Cut it where they begin.</source>
   <translation>Schneiden Sie davor ab.</translation>
  </message>
  <message>
   <source>Decision</source>
   <translation>Entscheidung</translation>
  </message>
  <message>
   <source>Default layout</source>
   <translation>Voreingestellte Anordnung</translation>
  </message>
  <message>
   <source>Defaults</source>
   <translation>Voreinstellungen</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>Löschen</translation>
  </message>
  <message>
   <source>Delete a layout</source>
   <translation>Anordnung löschen</translation>
  </message>
  <message>
   <source>Demo</source>
   <translation>Demo</translation>
  </message>
  <message>
   <source>Did you mean {names}?</source>
   <translation>Meinten Sie {names}?</translation>
  </message>
  <message>
   <source>Done</source>
   <translation>Fertig</translation>
  </message>
  <message>
   <source>Download it, and write camera:FILE.</source>
   <translation>Laden Sie sie herunter und schreiben Sie camera:DATEI.</translation>
  </message>
  <message>
   <source>ECG</source>
   <translation>EKG</translation>
  </message>
  <message>
   <source>EDF+</source>
   <translation>EDF+</translation>
  </message>
  <message>
   <source>EEG</source>
   <translation>EEG</translation>
  </message>
  <message>
   <source>EEG '{name}'</source>
   <translation>EEG „{name}“</translation>
  </message>
  <message>
   <source>EEG '{source}': {why}</source>
   <translation>EEG „{source}“: {why}</translation>
  </message>
  <message>
   <source>EEG + face</source>
   <translation>EEG + Gesicht</translation>
  </message>
  <message>
   <source>EEG gaps</source>
   <translation>EEG-Lücken</translation>
  </message>
  <message>
   <source>EEG only</source>
   <translation>Nur EEG</translation>
  </message>
  <message>
   <source>EEG settings: {parts}</source>
   <translation>EEG-Einstellungen: {parts}</translation>
  </message>
  <message>
   <source>EEG streams</source>
   <translation>EEG-Ströme</translation>
  </message>
  <message>
   <source>EEG unused</source>
   <translation>EEG ungenutzt</translation>
  </message>
  <message>
   <source>EEG {state}</source>
   <translation>EEG {state}</translation>
  </message>
  <message>
   <source>EEGLAB (.set)</source>
   <translation>EEGLAB (.set)</translation>
  </message>
  <message>
   <source>EMG</source>
   <translation>EMG</translation>
  </message>
  <message>
   <source>EOG</source>
   <translation>EOG</translation>
  </message>
  <message>
   <source>Earlier</source>
   <translation>Früher</translation>
  </message>
  <message>
   <source>Effective, by the time stamps</source>
   <translation>Tatsächlich, nach den Zeitstempeln</translation>
  </message>
  <message>
   <source>End</source>
   <translation>Beenden</translation>
  </message>
  <message>
   <source>End and close</source>
   <translation>Beenden und schließen</translation>
  </message>
  <message>
   <source>End that first.</source>
   <translation>Beenden Sie das zuerst.</translation>
  </message>
  <message>
   <source>End the recording</source>
   <translation>Aufnahme beenden</translation>
  </message>
  <message>
   <source>End the recording (Ctrl+R)</source>
   <translation>Aufnahme beenden (Strg+R)</translation>
  </message>
  <message>
   <source>End the recording and close the program?</source>
   <translation>Aufnahme beenden und das Programm schließen?</translation>
  </message>
  <message>
   <source>End the recording before other devices are connected?</source>
   <translation>Aufnahme beenden, bevor andere Geräte verbunden werden?</translation>
  </message>
  <message>
   <source>End the recording?</source>
   <translation>Aufnahme beenden?</translation>
  </message>
  <message>
   <source>End trial (T)</source>
   <translation>Durchgang beenden (T)</translation>
  </message>
  <message>
   <source>Event</source>
   <translation>Ereignis</translation>
  </message>
  <message>
   <source>Events: {parts}.</source>
   <translation>Ereignisse: {parts}.</translation>
  </message>
  <message>
   <source>Everything that has a key</source>
   <translation>Alles, was eine Taste hat</translation>
  </message>
  <message>
   <source>Everything that is connected</source>
   <translation>Alles, was verbunden ist</translation>
  </message>
  <message>
   <source>Excited</source>
   <translation>Erregt</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>Exportieren</translation>
  </message>
  <message>
   <source>Export …</source>
   <translation>Exportieren …</translation>
  </message>
  <message>
   <source>Exported. Pictures of faces are never exported.</source>
   <translation>Exportiert. Bilder von Gesichtern werden nie exportiert.</translation>
  </message>
  <message>
   <source>FAULT</source>
   <translation>STÖRUNG</translation>
  </message>
  <message>
   <source>FIF, for MNE</source>
   <translation>FIF, für MNE</translation>
  </message>
  <message>
   <source>Face</source>
   <translation>Gesicht</translation>
  </message>
  <message>
   <source>Face chosen by click</source>
   <translation>Gesicht angeklickt</translation>
  </message>
  <message>
   <source>Face crop only</source>
   <translation>Nur der Gesichtsausschnitt</translation>
  </message>
  <message>
   <source>Face found</source>
   <translation>Gesicht gefunden</translation>
  </message>
  <message>
   <source>Face not known: click it if it is the participant's</source>
   <translation>Unbekanntes Gesicht: anklicken, wenn es das der Versuchsperson ist</translation>
  </message>
  <message>
   <source>Face only</source>
   <translation>Nur Gesicht</translation>
  </message>
  <message>
   <source>Face {n}</source>
   <translation>Gesicht {n}</translation>
  </message>
  <message>
   <source>Faces are looked for from here on.</source>
   <translation>Ab hier wird nach Gesichtern gesucht.</translation>
  </message>
  <message>
   <source>Faces are not looked for yet</source>
   <translation>Gesichter werden noch nicht gesucht</translation>
  </message>
  <message>
   <source>Faces are not looked for yet: the detector is being loaded.</source>
   <translation>Noch wird nicht nach Gesichtern gesucht: Der Detektor wird geladen.</translation>
  </message>
  <message>
   <source>Faces are not looked for: {why}</source>
   <translation>Es wird nicht nach Gesichtern gesucht: {why}</translation>
  </message>
  <message>
   <source>Faces of this window</source>
   <translation>Gesichter dieses Fensters</translation>
  </message>
  <message>
   <source>Fault</source>
   <translation>Störung</translation>
  </message>
  <message>
   <source>Fewer seconds</source>
   <translation>Weniger Sekunden</translation>
  </message>
  <message>
   <source>Filter</source>
   <translation>Filter</translation>
  </message>
  <message>
   <source>Fit it again on this stream.</source>
   <translation>Bestimmen Sie sie an diesem Strom neu.</translation>
  </message>
  <message>
   <source>Fit it again.</source>
   <translation>Bestimmen Sie sie neu.</translation>
  </message>
  <message>
   <source>Fit on a baseline</source>
   <translation>An einer Ruhephase anpassen</translation>
  </message>
  <message>
   <source>Folder</source>
   <translation>Ordner</translation>
  </message>
  <message>
   <source>For example {spec}</source>
   <translation>Zum Beispiel {spec}</translation>
  </message>
  <message>
   <source>Format</source>
   <translation>Format</translation>
  </message>
  <message>
   <source>Found: none at all.</source>
   <translation>Gefunden: nichts.</translation>
  </message>
  <message>
   <source>Found: {names}.</source>
   <translation>Gefunden: {names}.</translation>
  </message>
  <message>
   <source>Frames lost</source>
   <translation>Bilder verloren</translation>
  </message>
  <message>
   <source>Frames of '{name}' have no time stamp: it is deduced.</source>
   <translation>Bilder von „{name}“ haben keinen Zeitstempel: Er wird erschlossen.</translation>
  </message>
  <message>
   <source>Frequency</source>
   <translation>Frequenz</translation>
  </message>
  <message>
   <source>From</source>
   <translation>Von</translation>
  </message>
  <message>
   <source>Full frame</source>
   <translation>Ganzes Bild</translation>
  </message>
  <message>
   <source>Full screen</source>
   <translation>Vollbild</translation>
  </message>
  <message>
   <source>Gaps</source>
   <translation>Lücken</translation>
  </message>
  <message>
   <source>Give each channel of the device a name of its own.</source>
   <translation>Geben Sie jedem Kanal des Geräts einen eigenen Namen.</translation>
  </message>
  <message>
   <source>Give the file of a recording that BrainFlow has written.</source>
   <translation>Geben Sie die Datei einer Aufnahme an, die BrainFlow geschrieben hat.</translation>
  </message>
  <message>
   <source>Give the port of its dongle; `milmer-live devices` lists those that there are.</source>
   <translation>Geben Sie den Port seines Dongles an; `milmer-live devices` listet alle auf.</translation>
  </message>
  <message>
   <source>Go on recording</source>
   <translation>Weiter aufnehmen</translation>
  </message>
  <message>
   <source>Good again</source>
   <translation>Wieder gut</translation>
  </message>
  <message>
   <source>Have yourself added to the group that owns it (dialout on most systems), then log in again.</source>
   <translation>Lassen Sie sich in die Gruppe aufnehmen, der er gehört (meist dialout), und melden Sie sich neu an.</translation>
  </message>
  <message>
   <source>Here is what is not EEG: other channels of the amplifier, and signals that are chosen in Connect (Ctrl+O) beside it.</source>
   <translation>Hier steht, was kein EEG ist: weitere Kanäle des Verstärkers, und Signale, die unter Verbinden (Strg+O) dazu gewählt sind.</translation>
  </message>
  <message>
   <source>Hide</source>
   <translation>Ausblenden</translation>
  </message>
  <message>
   <source>Hide the selected channel</source>
   <translation>Gewählten Kanal ausblenden</translation>
  </message>
  <message>
   <source>Hide this message</source>
   <translation>Diese Meldung ausblenden</translation>
  </message>
  <message>
   <source>High-pass</source>
   <translation>Hochpass</translation>
  </message>
  <message>
   <source>Hz</source>
   <translation>Hz</translation>
  </message>
  <message>
   <source>IDLE</source>
   <translation>BEREIT</translation>
  </message>
  <message>
   <source>IP address</source>
   <translation>IP-Adresse</translation>
  </message>
  <message>
   <source>IP port</source>
   <translation>IP-Port</translation>
  </message>
  <message>
   <source>Idle</source>
   <translation>Bereit</translation>
  </message>
  <message>
   <source>If it is theirs, click it.</source>
   <translation>Ist es ihres, klicken Sie es an.</translation>
  </message>
  <message>
   <source>If you like, such as baseline</source>
   <translation>Wenn gewünscht, etwa baseline</translation>
  </message>
  <message>
   <source>Impedance: {each}</source>
   <translation>Impedanz: {each}</translation>
  </message>
  <message>
   <source>Inference</source>
   <translation>Inferenz</translation>
  </message>
  <message>
   <source>Is another program using it, and may you use it?</source>
   <translation>Verwendet sie ein anderes Programm, und dürfen Sie sie verwenden?</translation>
  </message>
  <message>
   <source>Is it plugged in and switched on, and does no other program use it?</source>
   <translation>Ist es eingesteckt und eingeschaltet, und benutzt es kein anderes Programm?</translation>
  </message>
  <message>
   <source>Is it plugged in?</source>
   <translation>Ist sie eingesteckt?</translation>
  </message>
  <message>
   <source>Is it switched on and near, Bluetooth on, and no other program connected to it?</source>
   <translation>Ist es eingeschaltet und in der Nähe, Bluetooth an und kein anderes Programm damit verbunden?</translation>
  </message>
  <message>
   <source>Is it switched on, and in the same network as this computer?</source>
   <translation>Ist es eingeschaltet und im selben Netz wie dieser Rechner?</translation>
  </message>
  <message>
   <source>Is it switched on, and its address right?</source>
   <translation>Ist sie eingeschaltet und ihre Adresse richtig?</translation>
  </message>
  <message>
   <source>Is it switched on, and the address right?</source>
   <translation>Ist sie eingeschaltet und die Adresse richtig?</translation>
  </message>
  <message>
   <source>Is it switched on, near its dongle, and is {port} the port of that?</source>
   <translation>Ist es eingeschaltet, nahe bei seinem Dongle, und ist {port} dessen Port?</translation>
  </message>
  <message>
   <source>Is it the right board, and the right port?</source>
   <translation>Ist es das richtige Board und der richtige Port?</translation>
  </message>
  <message>
   <source>Is its lens covered, or its input missing?</source>
   <translation>Ist das Objektiv verdeckt, oder fehlt ihr Eingang?</translation>
  </message>
  <message>
   <source>Is its lens covered?</source>
   <translation>Ist das Objektiv verdeckt?</translation>
  </message>
  <message>
   <source>Is its outlet running?</source>
   <translation>Läuft sein Sender?</translation>
  </message>
  <message>
   <source>Is its unit right?</source>
   <translation>Stimmt die Einheit?</translation>
  </message>
  <message>
   <source>Is the address that of a camera?</source>
   <translation>Gehört die Adresse einer Kamera?</translation>
  </message>
  <message>
   <source>Is the cap on a head?</source>
   <translation>Sitzt die Haube auf einem Kopf?</translation>
  </message>
  <message>
   <source>Is the dongle plugged in, is the port right, and may you use it?</source>
   <translation>Steckt der Dongle, stimmt der Port, und dürfen Sie ihn verwenden?</translation>
  </message>
  <message>
   <source>It came back with {n} channels instead of {before}.</source>
   <translation>Nach der Unterbrechung kamen {n} Kanäle statt {before}.</translation>
  </message>
  <message>
   <source>It does not say which channel is which electrode.</source>
   <translation>Es sagt nicht, welcher Kanal welche Elektrode ist.</translation>
  </message>
  <message>
   <source>It has: {names}.</source>
   <translation>Vorhanden: {names}.</translation>
  </message>
  <message>
   <source>It is connected again; the log says more.</source>
   <translation>Die Verbindung wird neu aufgebaut; Näheres im Protokoll.</translation>
  </message>
  <message>
   <source>It is found by itself.</source>
   <translation>Es wird von selbst gefunden.</translation>
  </message>
  <message>
   <source>It is not required</source>
   <translation>Ist nicht nötig</translation>
  </message>
  <message>
   <source>It may be cut off; copy it again.</source>
   <translation>Vielleicht ist sie abgeschnitten; kopieren Sie sie noch einmal.</translation>
  </message>
  <message>
   <source>It names neither its channels nor its unit.</source>
   <translation>Es nennt weder seine Kanäle noch seine Einheit.</translation>
  </message>
  <message>
   <source>It never came</source>
   <translation>Kam nie</translation>
  </message>
  <message>
   <source>It resumes when data arrives.</source>
   <translation>Es geht weiter, sobald Daten eintreffen.</translation>
  </message>
  <message>
   <source>It sends nV and does not name its channels.</source>
   <translation>Es sendet nV und benennt seine Kanäle nicht.</translation>
  </message>
  <message>
   <source>It sends {hz} Hz instead of {rate} Hz ({off}).</source>
   <translation>Es kommen {hz} Hz statt {rate} Hz ({off}).</translation>
  </message>
  <message>
   <source>It sends {n} channels, and its description names {named}.</source>
   <translation>Es kommen {n} Kanäle, und die Beschreibung nennt {named}.</translation>
  </message>
  <message>
   <source>It takes other windows, channels or faces than this run makes.</source>
   <translation>Es verwendet andere Fenster, Kanäle oder Gesichter als dieser Lauf.</translation>
  </message>
  <message>
   <source>It was connected, but nothing came</source>
   <translation>War verbunden, aber es kam nichts</translation>
  </message>
  <message>
   <source>It was lost</source>
   <translation>Ging verloren</translation>
  </message>
  <message>
   <source>It was lost {s} s after it was connected</source>
   <translation>Nach {s} s Verbindung verloren</translation>
  </message>
  <message>
   <source>It was not ready in time</source>
   <translation>War nicht rechtzeitig bereit</translation>
  </message>
  <message>
   <source>It was restarted; recording continues.</source>
   <translation>Ein Neustart ist erfolgt; die Aufnahme läuft weiter.</translation>
  </message>
  <message>
   <source>It was whole: nothing had to be repaired.</source>
   <translation>Die Datei war heil: Es gab nichts zu reparieren.</translation>
  </message>
  <message>
   <source>It {why}.</source>
   <translation>Sie {why}.</translation>
  </message>
  <message>
   <source>Its EEG lies 4.2 mV above zero, as Emotiv sends it.</source>
   <translation>Sein EEG liegt 4,2 mV über null, wie Emotiv es sendet.</translation>
  </message>
  <message>
   <source>Its buffer was full: at least {count:,} lost.</source>
   <translation>Der Puffer war voll: mindestens {count:,} verloren.</translation>
  </message>
  <message>
   <source>Its channels are called ch1, ch2, …, wherever they are placed.</source>
   <translation>Seine Kanäle heißen ch1, ch2, …, wo immer sie sitzen.</translation>
  </message>
  <message>
   <source>Its maker's page lists its commands; config= sends one.</source>
   <translation>Die Seite des Herstellers nennt seine Befehle; config= sendet einen.</translation>
  </message>
  <message>
   <source>Its stamps are not numbers: its samples lie where they came.</source>
   <translation>Die Zeitstempel sind keine Zahlen: Die Abtastwerte liegen da, wo sie ankamen.</translation>
  </message>
  <message>
   <source>Its stamps are {unit}, not seconds: labels and pictures do not fit them.</source>
   <translation>Die Zeitstempel sind {unit}, nicht Sekunden: Labels und Bilder passen nicht dazu.</translation>
  </message>
  <message>
   <source>Its stamps do not advance: labels and pictures do not fit them.</source>
   <translation>Die Zeitstempel gehen nicht weiter: Labels und Bilder passen nicht dazu.</translation>
  </message>
  <message>
   <source>Its status could not be told at times; the log says more.</source>
   <translation>Der Zustand war zeitweise nicht festzustellen; mehr steht im Protokoll.</translation>
  </message>
  <message>
   <source>Its unit is that of the driver in use.</source>
   <translation>Seine Einheit ist die des verwendeten Treibers.</translation>
  </message>
  <message>
   <source>Keep for later</source>
   <translation>Für später behalten</translation>
  </message>
  <message>
   <source>Keys</source>
   <translation>Tasten</translation>
  </message>
  <message>
   <source>Kind</source>
   <translation>Art</translation>
  </message>
  <message>
   <source>LIVE</source>
   <translation>LIVE</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>Label</translation>
  </message>
  <message>
   <source>Label: {name}</source>
   <translation>Label: {name}</translation>
  </message>
  <message>
   <source>Labels</source>
   <translation>Labels</translation>
  </message>
  <message>
   <source>Labels are entered while a recording runs</source>
   <translation>Labels werden während einer Aufnahme eingegeben</translation>
  </message>
  <message>
   <source>Labels of this session</source>
   <translation>Labels dieser Sitzung</translation>
  </message>
  <message>
   <source>Larger traces</source>
   <translation>Größere Kurven</translation>
  </message>
  <message>
   <source>Last sample</source>
   <translation>Letzter Wert</translation>
  </message>
  <message>
   <source>Last set-up: {words}</source>
   <translation>Zuletzt verbunden: {words}</translation>
  </message>
  <message>
   <source>Later</source>
   <translation>Später</translation>
  </message>
  <message>
   <source>Layout</source>
   <translation>Anordnung</translation>
  </message>
  <message>
   <source>Layouts</source>
   <translation>Anordnungen</translation>
  </message>
  <message>
   <source>Leave --unit out.</source>
   <translation>Lassen Sie --unit weg.</translation>
  </message>
  <message>
   <source>Leave the note without it</source>
   <translation>Notiz verwerfen</translation>
  </message>
  <message>
   <source>Left behind, without a sample: {names}.</source>
   <translation>Nicht geschrieben, weil ohne Werte: {names}.</translation>
  </message>
  <message>
   <source>Left behind: {names}.</source>
   <translation>Nicht geschrieben: {names}.</translation>
  </message>
  <message>
   <source>Less: {what}</source>
   <translation>Weniger: {what}</translation>
  </message>
  <message>
   <source>Letters and digits, such as 01</source>
   <translation>Buchstaben und Ziffern, etwa 01</translation>
  </message>
  <message>
   <source>Light or dark</source>
   <translation>Hell oder dunkel</translation>
  </message>
  <message>
   <source>Light or dark (Ctrl+T)</source>
   <translation>Hell oder dunkel (Strg+T)</translation>
  </message>
  <message>
   <source>Live</source>
   <translation>Live</translation>
  </message>
  <message>
   <source>Loading the model {name} …</source>
   <translation>Modell {name} wird geladen …</translation>
  </message>
  <message>
   <source>Loading the model …</source>
   <translation>Das Modell wird geladen …</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>Protokoll</translation>
  </message>
  <message>
   <source>Look further back</source>
   <translation>Weiter zurückblicken</translation>
  </message>
  <message>
   <source>Look less far back</source>
   <translation>Weniger weit zurückblicken</translation>
  </message>
  <message>
   <source>Looking for independent components …</source>
   <translation>Suche nach unabhängigen Komponenten …</translation>
  </message>
  <message>
   <source>Looking for streams and cameras …</source>
   <translation>Suche nach Strömen und Kameras …</translation>
  </message>
  <message>
   <source>Lost once, for {s} s</source>
   <translation>Einmal verloren, {s} s lang</translation>
  </message>
  <message>
   <source>Lost {n} times, for {s} s in all</source>
   <translation>{n}-mal verloren, zusammen {s} s lang</translation>
  </message>
  <message>
   <source>Low-pass</source>
   <translation>Tiefpass</translation>
  </message>
  <message>
   <source>Lower the filter's edge, or 0 to switch it off.</source>
   <translation>Wählen Sie eine niedrigere Grenzfrequenz, oder 0, um den Filter abzuschalten.</translation>
  </message>
  <message>
   <source>MAC address</source>
   <translation>MAC-Adresse</translation>
  </message>
  <message>
   <source>Mark bad</source>
   <translation>Als schlecht markieren</translation>
  </message>
  <message>
   <source>Mark the selected channel bad or good</source>
   <translation>Gewählten Kanal als schlecht oder gut markieren</translation>
  </message>
  <message>
   <source>Mark {names} bad (right-click on the trace), and the neighbours stand in.</source>
   <translation>Markieren Sie {names} als schlecht (Rechtsklick auf die Kurve), dann springen die Nachbarn ein.</translation>
  </message>
  <message>
   <source>Marker</source>
   <translation>Marker</translation>
  </message>
  <message>
   <source>Markers</source>
   <translation>Marker</translation>
  </message>
  <message>
   <source>Menu: everything that can be done, with its keys</source>
   <translation>Menü: alles, was möglich ist, mit den Tasten</translation>
  </message>
  <message>
   <source>Milmer Live shows EEG and a face as they come, and what a network makes of them: one of four quadrants of valence and arousal.</source>
   <translation>Milmer Live zeigt EEG und ein Gesicht, wie sie kommen, und was ein Netz daraus liest: einen von vier Quadranten aus Valenz und Arousal.</translation>
  </message>
  <message>
   <source>Milmer Live: unexpected error</source>
   <translation>Milmer Live: unerwarteter Fehler</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>More seconds</source>
   <translation>Mehr Sekunden</translation>
  </message>
  <message>
   <source>More than one face was in the picture in the last {hz:g} s: click the participant's in the window, or leave only theirs in the picture.</source>
   <translation>In den letzten {hz:g} s war mehr als ein Gesicht im Bild: Klicken Sie im Fenster auf das der Versuchsperson, oder lassen Sie nur dieses im Bild.</translation>
  </message>
  <message>
   <source>More: {what}</source>
   <translation>Mehr: {what}</translation>
  </message>
  <message>
   <source>Must be there</source>
   <translation>Muss da sein</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>Name its channels by the 10-20 system, or lower montage.min_coverage.</source>
   <translation>Benennen Sie die Kanäle nach dem 10-20-System, oder senken Sie montage.min_coverage.</translation>
  </message>
  <message>
   <source>Name of the study</source>
   <translation>Name der Studie</translation>
  </message>
  <message>
   <source>Name the board that recorded it: {spec}</source>
   <translation>Nennen Sie das Board, das sie aufgezeichnet hat: {spec}</translation>
  </message>
  <message>
   <source>Name the channels of the reference where it is the mean of some, and nowhere else.</source>
   <translation>Die Kanäle der Referenz sind genau dann zu nennen, wenn sie das Mittel einzelner Kanäle ist.</translation>
  </message>
  <message>
   <source>Name the device's channels by the 10-20 system.</source>
   <translation>Benennen Sie die Kanäle des Geräts nach dem 10-20-System.</translation>
  </message>
  <message>
   <source>Name them all, in order.</source>
   <translation>Nennen Sie alle, der Reihe nach.</translation>
  </message>
  <message>
   <source>Name them all, or none.</source>
   <translation>Benennen Sie alle oder keinen.</translation>
  </message>
  <message>
   <source>Name them in order, as many as there are.</source>
   <translation>Benennen Sie sie der Reihe nach, so viele, wie es gibt.</translation>
  </message>
  <message>
   <source>Name them in order: {spec}</source>
   <translation>Nennen Sie sie der Reihe nach: {spec}</translation>
  </message>
  <message>
   <source>Name them: --channels Fp1,Fp2,…</source>
   <translation>Benennen Sie sie: --channels Fp1,Fp2,…</translation>
  </message>
  <message>
   <source>Names in order; - leaves a channel as it is</source>
   <translation>Namen der Reihe nach; - lässt einen Kanal, wie er ist</translation>
  </message>
  <message>
   <source>Names that the format cannot hold are shortened: {names}.</source>
   <translation>Namen, die das Format nicht fasst, sind gekürzt: {names}.</translation>
  </message>
  <message>
   <source>Needs: {needs}</source>
   <translation>Braucht: {needs}</translation>
  </message>
  <message>
   <source>New profile</source>
   <translation>Neues Profil</translation>
  </message>
  <message>
   <source>New …</source>
   <translation>Neu …</translation>
  </message>
  <message>
   <source>Next</source>
   <translation>Weiter</translation>
  </message>
  <message>
   <source>No LSL stream answers. Start the amplifier's program and switch its LSL outlet on. If it runs, a firewall may block LSL (UDP and TCP ports 16571 to 16604). A BrainFlow board is chosen below.</source>
   <translation>Kein LSL-Strom antwortet. Starten Sie das Programm des Verstärkers und schalten Sie seine LSL-Ausgabe ein. Läuft sie, sperrt vielleicht eine Firewall LSL (UDP- und TCP-Ports 16571 bis 16604). Ein BrainFlow-Board wird unten gewählt.</translation>
  </message>
  <message>
   <source>No LSL stream {query}.</source>
   <translation>Kein LSL-Strom {query}.</translation>
  </message>
  <message>
   <source>No camera</source>
   <translation>Keine Kamera</translation>
  </message>
  <message>
   <source>No camera answers. Plug one in, or give an address.</source>
   <translation>Keine Kamera antwortet. Eine anstecken oder eine Adresse angeben.</translation>
  </message>
  <message>
   <source>No consent to be filmed</source>
   <translation>Keine Einwilligung, gefilmt zu werden</translation>
  </message>
  <message>
   <source>No data comes from the board {name}.</source>
   <translation>Vom Board {name} kommen keine Daten.</translation>
  </message>
  <message>
   <source>No data from {kind} '{name}'.</source>
   <translation>Keine Daten von {kind} „{name}“.</translation>
  </message>
  <message>
   <source>No data from {streams}</source>
   <translation>Keine Daten: {streams}</translation>
  </message>
  <message>
   <source>No face</source>
   <translation>Kein Gesicht</translation>
  </message>
  <message>
   <source>No face is found: one is cut off at the edge of the picture.</source>
   <translation>Es wird kein Gesicht gefunden: Eines ist am Bildrand abgeschnitten.</translation>
  </message>
  <message>
   <source>No face is found: the picture is too dark.</source>
   <translation>Es wird kein Gesicht gefunden: Das Bild ist zu dunkel.</translation>
  </message>
  <message>
   <source>No face is found: there is one of {hz:.0f} % of the picture's height, which is too small.</source>
   <translation>Es wird kein Gesicht gefunden: Eines ist mit {hz:.0f} % der Bildhöhe zu klein.</translation>
  </message>
  <message>
   <source>No face is used meanwhile.</source>
   <translation>Solange wird kein Gesicht verwendet.</translation>
  </message>
  <message>
   <source>No file manager answers. The folder is {path}</source>
   <translation>Kein Dateimanager antwortet. Der Ordner ist {path}</translation>
  </message>
  <message>
   <source>No marker has come yet.</source>
   <translation>Noch kein Marker angekommen.</translation>
  </message>
  <message>
   <source>No picture from a camera</source>
   <translation>Kein Bild von einer Kamera</translation>
  </message>
  <message>
   <source>No picture was kept: at no time was one face known as the participant's.</source>
   <translation>Es wurde kein Bild behalten: Zu keiner Zeit war ein Gesicht als das der Versuchsperson bekannt.</translation>
  </message>
  <message>
   <source>No signal</source>
   <translation>Kein Signal</translation>
  </message>
  <message>
   <source>No video</source>
   <translation>Kein Video</translation>
  </message>
  <message>
   <source>Nominal, as the header says</source>
   <translation>Nominell, wie im Kopf der Datei</translation>
  </message>
  <message>
   <source>Nominal; CSV and NumPy as recorded</source>
   <translation>Nominell; CSV und NumPy wie aufgezeichnet</translation>
  </message>
  <message>
   <source>Not enough signal</source>
   <translation>Nicht genug Signal</translation>
  </message>
  <message>
   <source>Not enough signal for a quadrant: {n} times</source>
   <translation>Nicht genug Signal für einen Quadranten: {n}-mal</translation>
  </message>
  <message>
   <source>Not enough signal: {why}</source>
   <translation>Nicht genug Signal: {why}</translation>
  </message>
  <message>
   <source>Not known</source>
   <translation>Nicht bekannt</translation>
  </message>
  <message>
   <source>Not known: EEG and face are unlike what the model learned from</source>
   <translation>Nicht bekannt: EEG und Gesicht sind anders als das, woraus das Modell gelernt hat</translation>
  </message>
  <message>
   <source>Not known: the EEG is unlike what the model learned from</source>
   <translation>Nicht bekannt: Das EEG ist anders als das, woraus das Modell gelernt hat</translation>
  </message>
  <message>
   <source>Not known: the face is unlike what the model learned from</source>
   <translation>Nicht bekannt: Das Gesicht ist anders als das, woraus das Modell gelernt hat</translation>
  </message>
  <message>
   <source>Not recorded in order</source>
   <translation>Nicht ordentlich aufgenommen</translation>
  </message>
  <message>
   <source>Not recording: this label was not kept</source>
   <translation>Keine Aufnahme: dieses Label wurde nicht behalten</translation>
  </message>
  <message>
   <source>Not whole: 1 of {n} streams</source>
   <translation>Unvollständig: 1 von {n} Strömen</translation>
  </message>
  <message>
   <source>Not whole: {k} of {n} streams</source>
   <translation>Unvollständig: {k} von {n} Strömen</translation>
  </message>
  <message>
   <source>Notch</source>
   <translation>Kerbfilter</translation>
  </message>
  <message>
   <source>Note</source>
   <translation>Notiz</translation>
  </message>
  <message>
   <source>Note, then Enter</source>
   <translation>Notiz, dann Eingabetaste</translation>
  </message>
  <message>
   <source>Nothing</source>
   <translation>Nichts</translation>
  </message>
  <message>
   <source>Nothing has been recorded yet.</source>
   <translation>Es wurde noch nichts aufgenommen.</translation>
  </message>
  <message>
   <source>Nothing is connected</source>
   <translation>Nichts ist verbunden</translation>
  </message>
  <message>
   <source>Nothing is connected. Ctrl+O connects a device, Ctrl+D starts the demo.</source>
   <translation>Nichts ist verbunden. Strg+O verbindet ein Gerät, Strg+D startet die Demo.</translation>
  </message>
  <message>
   <source>Nothing is recorded any more.</source>
   <translation>Es wird nichts mehr aufgenommen.</translation>
  </message>
  <message>
   <source>Nothing more came {s} s after its first</source>
   <translation>{s} s nach dem ersten kam nichts mehr</translation>
  </message>
  <message>
   <source>Nothing of it is lost.</source>
   <translation>Nichts davon ist verloren.</translation>
  </message>
  <message>
   <source>NumPy arrays (.npz)</source>
   <translation>NumPy-Arrays (.npz)</translation>
  </message>
  <message>
   <source>Open folder</source>
   <translation>Ordner öffnen</translation>
  </message>
  <message>
   <source>Or a number of Hz.</source>
   <translation>Oder eine Zahl in Hz.</translation>
  </message>
  <message>
   <source>Other signals</source>
   <translation>Weitere Signale</translation>
  </message>
  <message>
   <source>Over the traces: wheel for µV, Ctrl + wheel for seconds, Shift + wheel to look back, click to select a channel, right click for more. Over the timeline: wheel to zoom, drag to go back, double click for live.</source>
   <translation>Über den Kurven: Mausrad für µV, Strg + Rad für Sekunden, Umschalt + Rad zum Zurückblicken, Klick wählt einen Kanal, Rechtsklick zeigt mehr. Über dem Verlauf: Rad zum Vergrößern, Ziehen zum Zurückgehen, Doppelklick für live.</translation>
  </message>
  <message>
   <source>PPG</source>
   <translation>PPG</translation>
  </message>
  <message>
   <source>Panels</source>
   <translation>Ansichten</translation>
  </message>
  <message>
   <source>Participant</source>
   <translation>Versuchsperson</translation>
  </message>
  <message>
   <source>Participant screen</source>
   <translation>Bildschirm der Versuchsperson</translation>
  </message>
  <message>
   <source>Participant screen shows</source>
   <translation>Die Versuchsperson sieht</translation>
  </message>
  <message>
   <source>Participant, consent and folder (Ctrl+E)</source>
   <translation>Versuchsperson, Einwilligung und Ordner (Strg+E)</translation>
  </message>
  <message>
   <source>Participant: letters and digits only, such as 01.</source>
   <translation>Versuchsperson: nur Buchstaben (ohne Umlaute) und Ziffern, etwa 01.</translation>
  </message>
  <message>
   <source>Pause and look back</source>
   <translation>Anhalten und zurückblicken</translation>
  </message>
  <message>
   <source>Pause and look back (P)</source>
   <translation>Anhalten und zurückblicken (P)</translation>
  </message>
  <message>
   <source>Paused · {time} back</source>
   <translation>Angehalten · vor {time}</translation>
  </message>
  <message>
   <source>Paused: no EEG</source>
   <translation>Pause: kein EEG</translation>
  </message>
  <message>
   <source>Pictures and help</source>
   <translation>Bilder und Hilfe</translation>
  </message>
  <message>
   <source>Pictures are never exported.</source>
   <translation>Bilder werden nie exportiert.</translation>
  </message>
  <message>
   <source>Pictures of {n} of {counted} kept</source>
   <translation>Bilder von {n} von {counted} behalten</translation>
  </message>
  <message>
   <source>Plug the board or its dongle in.</source>
   <translation>Stecken Sie das Board oder seinen Dongle ein.</translation>
  </message>
  <message>
   <source>Plug the board or its dongle in. There is: none at all.</source>
   <translation>Stecken Sie das Board oder seinen Dongle ein. Vorhanden: gar keiner.</translation>
  </message>
  <message>
   <source>Plug the board or its dongle in. There is: {names}.</source>
   <translation>Stecken Sie das Board oder seinen Dongle ein. Vorhanden: {names}.</translation>
  </message>
  <message>
   <source>Predictions</source>
   <translation>Vorhersagen</translation>
  </message>
  <message>
   <source>Profile</source>
   <translation>Profil</translation>
  </message>
  <message>
   <source>Profile of the study</source>
   <translation>Profil der Studie</translation>
  </message>
  <message>
   <source>Quality</source>
   <translation>Qualität</translation>
  </message>
  <message>
   <source>Quit</source>
   <translation>Beenden</translation>
  </message>
  <message>
   <source>REC</source>
   <translation>AUFN</translation>
  </message>
  <message>
   <source>Rate</source>
   <translation>Rate</translation>
  </message>
  <message>
   <source>Rate arousal: then 1 to 9</source>
   <translation>Arousal werten: dann 1 bis 9</translation>
  </message>
  <message>
   <source>Rate valence: then 1 to 9</source>
   <translation>Valenz werten: dann 1 bis 9</translation>
  </message>
  <message>
   <source>Rate {n}</source>
   <translation>Wertung {n}</translation>
  </message>
  <message>
   <source>Rate: {scale}</source>
   <translation>Wertung: {scale}</translation>
  </message>
  <message>
   <source>Read back: the file differs. {what}</source>
   <translation>Nachgelesen: Die Datei weicht ab. {what}</translation>
  </message>
  <message>
   <source>Read back: the file holds exactly what this table says.</source>
   <translation>Nachgelesen: In der Datei steht genau das, was diese Tabelle sagt.</translation>
  </message>
  <message>
   <source>Reading the file back …</source>
   <translation>Die Datei wird nachgelesen …</translation>
  </message>
  <message>
   <source>Reading the session …</source>
   <translation>Die Sitzung wird gelesen …</translation>
  </message>
  <message>
   <source>Received</source>
   <translation>Empfangen</translation>
  </message>
  <message>
   <source>Record (Ctrl+R)</source>
   <translation>Aufnehmen (Strg+R)</translation>
  </message>
  <message>
   <source>Record (Ctrl+R) begins all the same.</source>
   <translation>Aufnahme (Ctrl+R) beginnt trotzdem.</translation>
  </message>
  <message>
   <source>Record it again, with all electrodes on.</source>
   <translation>Nehmen Sie sie mit allen Elektroden neu auf.</translation>
  </message>
  <message>
   <source>Record it beside the EEG: {spec}</source>
   <translation>Zeichnen Sie es neben dem EEG auf: {spec}</translation>
  </message>
  <message>
   <source>Record now</source>
   <translation>Jetzt aufnehmen</translation>
  </message>
  <message>
   <source>Record or end the recording</source>
   <translation>Aufnahme beginnen oder beenden</translation>
  </message>
  <message>
   <source>Record the markers of {names} too</source>
   <translation>Auch die Marker von {names} aufnehmen</translation>
  </message>
  <message>
   <source>Record the markers of {n} streams too</source>
   <translation>Auch die Marker von {n} Strömen aufnehmen</translation>
  </message>
  <message>
   <source>Record the signals of {names} too</source>
   <translation>Auch die Signale von {names} aufnehmen</translation>
  </message>
  <message>
   <source>Record the signals of {n} streams too</source>
   <translation>Auch die Signale von {n} Strömen aufnehmen</translation>
  </message>
  <message>
   <source>Recorded</source>
   <translation>Aufgenommen</translation>
  </message>
  <message>
   <source>Recorded whole</source>
   <translation>Vollständig aufgenommen</translation>
  </message>
  <message>
   <source>Recorded. The file is being checked …</source>
   <translation>Aufgenommen. Die Datei wird geprüft …</translation>
  </message>
  <message>
   <source>Recording goes on in {folder}.</source>
   <translation>Die Aufnahme geht weiter in {folder}.</translation>
  </message>
  <message>
   <source>Recording …</source>
   <translation>Aufnahme läuft …</translation>
  </message>
  <message>
   <source>Reference</source>
   <translation>Referenz</translation>
  </message>
  <message>
   <source>Remember this of the device</source>
   <translation>Für das Gerät merken</translation>
  </message>
  <message>
   <source>Remove nothing</source>
   <translation>Nichts entfernen</translation>
  </message>
  <message>
   <source>Remove the chosen label; it is kept in the file</source>
   <translation>Gewähltes Label entfernen; in der Datei bleibt es</translation>
  </message>
  <message>
   <source>Remove what is ticked</source>
   <translation>Angekreuztes entfernen</translation>
  </message>
  <message>
   <source>Repair</source>
   <translation>Reparieren</translation>
  </message>
  <message>
   <source>Repair it before you use it.</source>
   <translation>Reparieren Sie sie, bevor Sie sie verwenden.</translation>
  </message>
  <message>
   <source>Repair it: milmer-live repair {folder}</source>
   <translation>So reparieren: milmer-live repair {folder}</translation>
  </message>
  <message>
   <source>Repair the session before you use it.</source>
   <translation>Reparieren Sie die Sitzung, bevor Sie sie verwenden.</translation>
  </message>
  <message>
   <source>Repaired</source>
   <translation>Repariert</translation>
  </message>
  <message>
   <source>Repairing …</source>
   <translation>Wird repariert …</translation>
  </message>
  <message>
   <source>Replayed trial: {name}</source>
   <translation>Durchgang: {name}</translation>
  </message>
  <message>
   <source>Restart the program that sends them.</source>
   <translation>Starten Sie das sendende Programm neu.</translation>
  </message>
  <message>
   <source>Run</source>
   <translation>Durchlauf</translation>
  </message>
  <message>
   <source>Run `milmer-live fetch-models`.</source>
   <translation>Starten Sie `milmer-live fetch-models`.</translation>
  </message>
  <message>
   <source>Sad</source>
   <translation>Traurig</translation>
  </message>
  <message>
   <source>Samples of the EEG that no window has seen:</source>
   <translation>Samples des EEG, die kein Fenster gesehen hat:</translation>
  </message>
  <message>
   <source>Samples that are not numbers are zeros, in {names}.</source>
   <translation>Werte, die keine Zahlen sind, sind Nullen, in {names}.</translation>
  </message>
  <message>
   <source>Sampling rate</source>
   <translation>Abtastrate</translation>
  </message>
  <message>
   <source>Save</source>
   <translation>Speichern</translation>
  </message>
  <message>
   <source>Save it as H.264 in MP4 or MKV.</source>
   <translation>Speichern Sie sie als H.264 in MP4 oder MKV.</translation>
  </message>
  <message>
   <source>Save the panels (SVG, PDF)</source>
   <translation>Ansichten speichern (SVG, PDF)</translation>
  </message>
  <message>
   <source>Save the window (PNG)</source>
   <translation>Fenster speichern (PNG)</translation>
  </message>
  <message>
   <source>Save this layout</source>
   <translation>Diese Anordnung speichern</translation>
  </message>
  <message>
   <source>Save this layout …</source>
   <translation>Diese Anordnung speichern …</translation>
  </message>
  <message>
   <source>Saved in {folder}: {names}</source>
   <translation>Gespeichert in {folder}: {names}</translation>
  </message>
  <message>
   <source>Say which: {specs}.</source>
   <translation>Geben Sie an, welcher: {specs}.</translation>
  </message>
  <message>
   <source>Scale</source>
   <translation>Skala</translation>
  </message>
  <message>
   <source>Scalp maps</source>
   <translation>Kopfkarten</translation>
  </message>
  <message>
   <source>Select the channel above</source>
   <translation>Kanal darüber wählen</translation>
  </message>
  <message>
   <source>Select the next channel</source>
   <translation>Nächsten Kanal wählen</translation>
  </message>
  <message>
   <source>Select {name}</source>
   <translation>{name} wählen</translation>
  </message>
  <message>
   <source>Session</source>
   <translation>Sitzung</translation>
  </message>
  <message>
   <source>Session …</source>
   <translation>Sitzung …</translation>
  </message>
  <message>
   <source>Set the amplifier to {hz} Hz or more.</source>
   <translation>Stellen Sie den Verstärker auf {hz} Hz oder mehr.</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Einstellungen</translation>
  </message>
  <message>
   <source>Settings …</source>
   <translation>Einstellungen …</translation>
  </message>
  <message>
   <source>Show all channels</source>
   <translation>Alle Kanäle zeigen</translation>
  </message>
  <message>
   <source>Signal</source>
   <translation>Signal</translation>
  </message>
  <message>
   <source>Signals</source>
   <translation>Signale</translation>
  </message>
  <message>
   <source>Skipped</source>
   <translation>Ausgelassen</translation>
  </message>
  <message>
   <source>Smaller traces</source>
   <translation>Kleinere Kurven</translation>
  </message>
  <message>
   <source>Something happened that the program did not expect</source>
   <translation>Es ist etwas geschehen, womit das Programm nicht gerechnet hat</translation>
  </message>
  <message>
   <source>Space left</source>
   <translation>Freier Platz</translation>
  </message>
  <message>
   <source>Spectrum</source>
   <translation>Spektrum</translation>
  </message>
  <message>
   <source>Start it with a model.</source>
   <translation>Starten Sie ihn mit einem Modell.</translation>
  </message>
  <message>
   <source>Start its sender again: the connection comes back by itself.</source>
   <translation>Starten Sie den Sender neu: Die Verbindung kommt von selbst wieder.</translation>
  </message>
  <message>
   <source>Start their sender again: the connection comes back by itself.</source>
   <translation>Starten Sie deren Sender neu: Die Verbindung kommt von selbst wieder.</translation>
  </message>
  <message>
   <source>Starting</source>
   <translation>Startet</translation>
  </message>
  <message>
   <source>Stop, and connect again with that model.</source>
   <translation>Beenden Sie ihn, und verbinden Sie neu mit diesem Modell.</translation>
  </message>
  <message>
   <source>Stopped</source>
   <translation>Angehalten</translation>
  </message>
  <message>
   <source>Stream</source>
   <translation>Strom</translation>
  </message>
  <message>
   <source>Streams that answer: {n}. Choose one.</source>
   <translation>Antwortende Ströme: {n}. Wählen Sie einen.</translation>
  </message>
  <message>
   <source>Sweep instead of scroll (W)</source>
   <translation>Überschreiben statt laufen (W)</translation>
  </message>
  <message>
   <source>Sweep or scroll</source>
   <translation>Überschreiben oder laufen</translation>
  </message>
  <message>
   <source>Switch it off and on again.</source>
   <translation>Schalten Sie es aus und wieder ein.</translation>
  </message>
  <message>
   <source>Take back the last label</source>
   <translation>Letztes Label zurücknehmen</translation>
  </message>
  <message>
   <source>Take back the last label (Ctrl+Z)</source>
   <translation>Letztes Label zurücknehmen (Strg+Z)</translation>
  </message>
  <message>
   <source>Task (BIDS)</source>
   <translation>Aufgabe (BIDS)</translation>
  </message>
  <message>
   <source>Tense</source>
   <translation>Angespannt</translation>
  </message>
  <message>
   <source>Text</source>
   <translation>Text</translation>
  </message>
  <message>
   <source>Texts of '{name}' are not UTF-8. They are read as cp1252.</source>
   <translation>Texte von „{name}“ sind nicht UTF-8. Sie werden als cp1252 gelesen.</translation>
  </message>
  <message>
   <source>The EEG channels of '{name}' ({some}) are no sites of the head.</source>
   <translation>Die EEG-Kanäle von „{name}“ ({some}) sind keine Orte am Kopf.</translation>
  </message>
  <message>
   <source>The EEG of '{name}' is between pairs of electrodes ({some}).</source>
   <translation>Das EEG von „{name}“ ist zwischen Paaren von Elektroden gemessen ({some}).</translation>
  </message>
  <message>
   <source>The EEG stream '{name}': {parts}.</source>
   <translation>Der EEG-Strom „{name}“: {parts}.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' does not state its unit: choose it in Connect (Ctrl+O).</source>
   <translation>Der LSL-Strom „{name}“ gibt seine Einheit nicht an: Wählen Sie sie unter Verbinden (Ctrl+O).</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' has no channels.</source>
   <translation>Der LSL-Strom „{name}“ hat keine Kanäle.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' has several channels called {channels}. They are recorded, and none of them is used as an electrode.</source>
   <translation>Der LSL-Strom „{name}“ hat mehrere Kanäle namens {channels}. Sie werden aufgezeichnet, und keiner von ihnen dient als Elektrode.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' has {n} channels, and {given} are named by --channels.</source>
   <translation>Der LSL-Strom „{name}“ hat {n} Kanäle, und --channels nennt {given}.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' holds pictures, not markers.</source>
   <translation>Der LSL-Strom „{name}“ enthält Bilder, keine Marker.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' is announced, but does not answer.</source>
   <translation>Der LSL-Strom „{name}“ ist angekündigt, antwortet aber nicht.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' is gone.</source>
   <translation>Der LSL-Strom „{name}“ ist weg.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' is no camera: {what}.</source>
   <translation>Der LSL-Strom „{name}“ ist keine Kamera: {what}.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' is not a signal: {what}.</source>
   <translation>Der LSL-Strom „{name}“ ist kein Signal: {what}.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' states a scale ({factors}): the model and the screen have its EEG times that, and the recording has it as sent.</source>
   <translation>Der LSL-Strom „{name}“ nennt einen Maßstab ({factors}): Modell und Bildschirm erhalten sein EEG damit malgenommen, die Aufzeichnung, wie es gesendet wird.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' states a scale of '{scale}', which is no number above 0: it is not applied.</source>
   <translation>Der LSL-Strom „{name}“ nennt den Maßstab „{scale}“, der keine Zahl über 0 ist: Er wird nicht angewandt.</translation>
  </message>
  <message>
   <source>The LSL stream '{name}' states {units}, which is no voltage: choose its unit in Connect (Ctrl+O).</source>
   <translation>Der LSL-Strom „{name}“ gibt {units} an, keine Spannung: Wählen Sie die Einheit unter Verbinden (Ctrl+O).</translation>
  </message>
  <message>
   <source>The LSL stream is not open.</source>
   <translation>Der LSL-Strom ist nicht offen.</translation>
  </message>
  <message>
   <source>The address of the camera is not understood.</source>
   <translation>Die Adresse der Kamera ist nicht zu verstehen.</translation>
  </message>
  <message>
   <source>The answer</source>
   <translation>Die Antwort</translation>
  </message>
  <message>
   <source>The artifact removal takes {n} channels.</source>
   <translation>Die Artefaktentfernung gilt für {n} Kanäle.</translation>
  </message>
  <message>
   <source>The baseline has {hz} s of EEG without gaps; {rate} s are needed.</source>
   <translation>Die Ruhemessung hat {hz} s EEG ohne Lücken; nötig sind {rate} s.</translation>
  </message>
  <message>
   <source>The baseline is flat: there are no components in it.</source>
   <translation>Die Ruhemessung ist flach: Sie enthält keine Komponenten.</translation>
  </message>
  <message>
   <source>The board is not open.</source>
   <translation>Das Board ist nicht offen.</translation>
  </message>
  <message>
   <source>The board {name} does not answer any more.</source>
   <translation>Das Board {name} antwortet nicht mehr.</translation>
  </message>
  <message>
   <source>The board {name} does not answer.</source>
   <translation>Das Board {name} antwortet nicht.</translation>
  </message>
  <message>
   <source>The board {name} does not begin as it should.</source>
   <translation>Das Board {name} meldet sich nicht, wie es soll.</translation>
  </message>
  <message>
   <source>The board {name} does not begin to send.</source>
   <translation>Das Board {name} fängt nicht an zu senden.</translation>
  </message>
  <message>
   <source>The board {name} does not name its {n} EEG channels.</source>
   <translation>Das Board {name} benennt seine {n} EEG-Kanäle nicht.</translation>
  </message>
  <message>
   <source>The board {name} does not open.</source>
   <translation>Das Board {name} öffnet sich nicht.</translation>
  </message>
  <message>
   <source>The board {name} does not take its parameters: {what}.</source>
   <translation>Das Board {name} nimmt seine Parameter nicht an: {what}.</translation>
  </message>
  <message>
   <source>The board {name} does not take the command '{what}'.</source>
   <translation>Das Board {name} nimmt den Befehl „{what}“ nicht an.</translation>
  </message>
  <message>
   <source>The board {name} has gone silent.</source>
   <translation>Das Board {name} ist verstummt.</translation>
  </message>
  <message>
   <source>The board {name} has {n} EEG channels, and {given} are named.</source>
   <translation>Das Board {name} hat {n} EEG-Kanäle, und {given} sind benannt.</translation>
  </message>
  <message>
   <source>The board {name} is open in this program already.</source>
   <translation>Das Board {name} ist in diesem Programm schon geöffnet.</translation>
  </message>
  <message>
   <source>The board {name} measures impedance: it sends no EEG meanwhile.</source>
   <translation>Das Board {name} misst Impedanzen: Es sendet derweil kein EEG.</translation>
  </message>
  <message>
   <source>The board {name} needs {what}.</source>
   <translation>Das Board {name} braucht {what}.</translation>
  </message>
  <message>
   <source>The board {name} sends no EEG.</source>
   <translation>Das Board {name} sendet kein EEG.</translation>
  </message>
  <message>
   <source>The board {name} takes no commands.</source>
   <translation>Das Board {name} nimmt keine Befehle an.</translation>
  </message>
  <message>
   <source>The buffer of the LSL stream '{name}' was full: samples are lost.</source>
   <translation>Der Puffer des LSL-Stroms „{name}“ war voll: Messwerte sind verloren.</translation>
  </message>
  <message>
   <source>The camera '{name}' is gone.</source>
   <translation>Die Kamera „{name}“ ist weg.</translation>
  </message>
  <message>
   <source>The camera '{name}' {why}: no face is used.</source>
   <translation>Die Kamera „{name}“ {why}: Es wird kein Gesicht verwendet.</translation>
  </message>
  <message>
   <source>The camera is not open.</source>
   <translation>Die Kamera ist nicht offen.</translation>
  </message>
  <message>
   <source>The camera's pictures are covered: consent is not ticked (Ctrl+E).</source>
   <translation>Die Bilder der Kamera sind abgedeckt: Die Einwilligung ist nicht angekreuzt (Ctrl+E).</translation>
  </message>
  <message>
   <source>The clock of '{name}' was set while it was recorded: what comes after is written right behind it, and events there may be off.</source>
   <translation>Die Uhr von '{name}' wurde während der Aufnahme gestellt: Was danach kommt, ist direkt dahinter geschrieben; Ereignisse dort können daneben liegen.</translation>
  </message>
  <message>
   <source>The clock of the LSL stream '{name}' could not be compared with ours yet: its time stamps are taken as they are.</source>
   <translation>Die Uhr des LSL-Stroms „{name}“ konnte noch nicht mit unserer verglichen werden: Seine Zeitstempel gelten, wie sie sind.</translation>
  </message>
  <message>
   <source>The clock of the LSL stream '{name}' is compared with ours now: {offset:+.6f} s are added to its time stamps from here on.</source>
   <translation>Die Uhr des LSL-Stroms „{name}“ ist jetzt mit unserer verglichen: Ab hier werden {offset:+.6f} s zu seinen Zeitstempeln addiert.</translation>
  </message>
  <message>
   <source>The computer's clock was set ahead by {time}.</source>
   <translation>Die Uhr des Rechners wurde um {time} vorgestellt.</translation>
  </message>
  <message>
   <source>The computer's clock was set back by {time}.</source>
   <translation>Die Uhr des Rechners wurde um {time} zurückgestellt.</translation>
  </message>
  <message>
   <source>The description of the LSL stream '{name}' is no XML.</source>
   <translation>Die Beschreibung des LSL-Stroms „{name}“ ist kein XML.</translation>
  </message>
  <message>
   <source>The description of the LSL stream '{name}' was cleaned: {changes}.</source>
   <translation>Die Beschreibung des LSL-Stroms „{name}“ wurde bereinigt: {changes}.</translation>
  </message>
  <message>
   <source>The device of the signal '{name}' is not there.</source>
   <translation>Das Board des Signals „{name}“ ist nicht da.</translation>
  </message>
  <message>
   <source>The disk has room for {minutes:.0f} minutes.</source>
   <translation>Der Datenträger reicht noch für {minutes:.0f} Minuten.</translation>
  </message>
  <message>
   <source>The disk is nearly full: room for {mb:.0f} MB.</source>
   <translation>Der Datenträger ist fast voll: Platz für {mb:.0f} MB.</translation>
  </message>
  <message>
   <source>The disk of {folder} is full up to its reserve of {mb:g} MB.</source>
   <translation>Der Datenträger von {folder} ist bis auf die Reserve von {mb:g} MB voll.</translation>
  </message>
  <message>
   <source>The disk of {folder} is gone: {what}.</source>
   <translation>Der Datenträger von {folder} ist weg: {what}.</translation>
  </message>
  <message>
   <source>The disk or the encoder is too slow: pictures are left out and marked as a gap.</source>
   <translation>Der Datenträger oder der Encoder ist zu langsam: Bilder werden ausgelassen und als Lücke markiert.</translation>
  </message>
  <message>
   <source>The disk or the encoder is too slow: samples of {name} are left out and marked as a gap.</source>
   <translation>Der Datenträger oder der Encoder ist zu langsam: Samples von {name} werden ausgelassen und als Lücke markiert.</translation>
  </message>
  <message>
   <source>The face</source>
   <translation>Das Gesicht</translation>
  </message>
  <message>
   <source>The face-detection model {path} is missing.</source>
   <translation>Das Modell zur Gesichtserkennung {path} fehlt.</translation>
  </message>
  <message>
   <source>The file cannot be read: {name}.</source>
   <translation>Die Datei lässt sich nicht lesen: {name}.</translation>
  </message>
  <message>
   <source>The file was not read back: it was not closed in time.</source>
   <translation>Die Datei wurde nicht nachgelesen: Sie wurde nicht rechtzeitig geschlossen.</translation>
  </message>
  <message>
   <source>The filter stays as it was.</source>
   <translation>Der Filter bleibt, wie er war.</translation>
  </message>
  <message>
   <source>The fit failed ({what}); the log says more.</source>
   <translation>Die Bestimmung ist gescheitert ({what}); Näheres im Protokoll.</translation>
  </message>
  <message>
   <source>The folder {folder} is gone.</source>
   <translation>Der Ordner {folder} ist weg.</translation>
  </message>
  <message>
   <source>The label of the trial that is replayed</source>
   <translation>Das Label des wiedergegebenen Durchgangs</translation>
  </message>
  <message>
   <source>The last recording is not whole.</source>
   <translation>Die letzte Aufnahme ist unvollständig.</translation>
  </message>
  <message>
   <source>The last recording is not whole: {streams}</source>
   <translation>Die letzte Aufnahme ist unvollständig: {streams}</translation>
  </message>
  <message>
   <source>The layout '{layout}' does not fit the {n} EEG channels of the board {name}.</source>
   <translation>Das Layout „{layout}“ passt nicht zu den {n} EEG-Kanälen des Boards {name}.</translation>
  </message>
  <message>
   <source>The log has all of it: {file}</source>
   <translation>Alles steht im Protokoll: {file}</translation>
  </message>
  <message>
   <source>The lower edge of the band-pass must be below the upper edge.</source>
   <translation>Die untere Grenze des Bandpasses muss unter der oberen liegen.</translation>
  </message>
  <message>
   <source>The markers '{name}' are gone.</source>
   <translation>Die Marker „{name}“ sind weg.</translation>
  </message>
  <message>
   <source>The markers are not open.</source>
   <translation>Die Marker sind nicht offen.</translation>
  </message>
  <message>
   <source>The model '{name}' is being loaded already.</source>
   <translation>Das Modell „{name}“ wird schon geladen.</translation>
  </message>
  <message>
   <source>The model '{name}' is not used: {why}</source>
   <translation>Das Modell „{name}“ wird nicht verwendet: {why}</translation>
  </message>
  <message>
   <source>The model '{name}' is still being made ready.</source>
   <translation>Das Modell „{name}“ wird noch vorbereitet.</translation>
  </message>
  <message>
   <source>The model '{name}' was trained on synthetic participants only: its answers about real people are not valid.</source>
   <translation>Das Modell „{name}“ wurde nur mit synthetischen Versuchspersonen trainiert: Was es über echte Menschen aussagt, ist nicht gültig.</translation>
  </message>
  <message>
   <source>The model failed ({what}).</source>
   <translation>Das Modell ist ausgefallen ({what}).</translation>
  </message>
  <message>
   <source>The model needs it against one reference: choose that in the amplifier's program.</source>
   <translation>Das Modell braucht es gegen eine Referenz: Wählen Sie sie im Programm des Verstärkers.</translation>
  </message>
  <message>
   <source>The model needs one.</source>
   <translation>Das Modell braucht eine.</translation>
  </message>
  <message>
   <source>The model runs without EEG.</source>
   <translation>Das Modell läuft ohne EEG.</translation>
  </message>
  <message>
   <source>The model was trained with another filter and may judge worse.</source>
   <translation>Das Modell wurde mit einem anderen Filter trainiert und urteilt vielleicht schlechter.</translation>
  </message>
  <message>
   <source>The name of the LSL stream '{name}' is not UTF-8. It was read as cp1252.</source>
   <translation>Der Name des LSL-Stroms „{name}“ ist nicht UTF-8. Er wurde als cp1252 gelesen.</translation>
  </message>
  <message>
   <source>The original is kept as {name}.</source>
   <translation>Das Original bleibt als {name} erhalten.</translation>
  </message>
  <message>
   <source>The originals are kept beside the repaired files.</source>
   <translation>Die Originale bleiben neben den reparierten Dateien.</translation>
  </message>
  <message>
   <source>The participant has agreed to be filmed</source>
   <translation>Die Versuchsperson hat eingewilligt, gefilmt zu werden</translation>
  </message>
  <message>
   <source>The participant has agreed to the data being shared</source>
   <translation>Die Versuchsperson hat eingewilligt, dass die Daten geteilt werden</translation>
  </message>
  <message>
   <source>The point is where the network is, the ring how unsure it is, the trail where it was. A colour means the same quadrant everywhere.</source>
   <translation>Der Punkt zeigt, wo das Netz steht, der Ring, wie unsicher es ist, die Spur, wo es war. Eine Farbe meint überall denselben Quadranten.</translation>
  </message>
  <message>
   <source>The port of the board {name} is open already.</source>
   <translation>Der Port des Boards {name} ist schon geöffnet.</translation>
  </message>
  <message>
   <source>The port {name} is in use by another board of this program, or another program.</source>
   <translation>Der Port {name} wird von einem anderen Board dieses Programms oder einem anderen Programm verwendet.</translation>
  </message>
  <message>
   <source>The port {name} is in use by another program.</source>
   <translation>Den Port {name} benutzt ein anderes Programm.</translation>
  </message>
  <message>
   <source>The port {name} is in use by {program}.</source>
   <translation>Der Port {name} wird von {program} verwendet.</translation>
  </message>
  <message>
   <source>The port {port} is none that the board {name} can be at.</source>
   <translation>Der Port {port} ist keiner, an dem das Board {name} sein kann.</translation>
  </message>
  <message>
   <source>The port {port} of the board {name} does not open.</source>
   <translation>Der Port {port} des Boards {name} öffnet sich nicht.</translation>
  </message>
  <message>
   <source>The port {port} of the board {name} is gone.</source>
   <translation>Der Port {port} des Boards {name} ist weg.</translation>
  </message>
  <message>
   <source>The profile of '{name}' has a scale ({scale:g}): the model and the screen have its EEG times that, and the recording has it as sent.</source>
   <translation>Das Profil von „{name}“ hat einen Maßstab ({scale:g}): Modell und Bildschirm erhalten sein EEG damit malgenommen, die Aufzeichnung, wie es gesendet wird.</translation>
  </message>
  <message>
   <source>The program or the computer ended while they were recorded. Repair keeps all that is whole, adds what is missing at the end, and keeps the originals.</source>
   <translation>Programm oder Rechner endeten während der Aufnahme. Reparieren behält alles Ganze, ergänzt das fehlende Ende und behält die Originale.</translation>
  </message>
  <message>
   <source>The recorded session is not what was written: {what}.</source>
   <translation>Die aufgenommene Sitzung ist nicht, was geschrieben wurde: {what}.</translation>
  </message>
  <message>
   <source>The recording did not end in time.</source>
   <translation>Die Aufnahme endete nicht rechtzeitig.</translation>
  </message>
  <message>
   <source>The recording ended before all that had come was read.</source>
   <translation>Die Aufzeichnung endete, bevor alles gelesen war, was gekommen war.</translation>
  </message>
  <message>
   <source>The recording ended before all that had come was read: at least {count:,} missing.</source>
   <translation>Die Aufzeichnung endete, bevor alles gelesen war, was gekommen war: Mindestens {count:,} fehlen.</translation>
  </message>
  <message>
   <source>The recording has stopped by itself; the log says more.</source>
   <translation>Die Aufnahme hat von selbst aufgehört; das Protokoll sagt mehr.</translation>
  </message>
  <message>
   <source>The recording {name} has come to its end.</source>
   <translation>Die Aufnahme {name} ist zu Ende.</translation>
  </message>
  <message>
   <source>The recording {name} has {n} columns, and one of {board} has {count}.</source>
   <translation>Die Aufnahme {name} hat {n} Spalten, eine von {board} hat {count}.</translation>
  </message>
  <message>
   <source>The recording {name} is empty.</source>
   <translation>Die Aufnahme {name} ist leer.</translation>
  </message>
  <message>
   <source>The ring is the wider, the less sure the model is</source>
   <translation>Der Ring ist umso weiter, je unsicherer das Modell ist</translation>
  </message>
  <message>
   <source>The sampling rate of '{source}' was measured: {rate:g} Hz.</source>
   <translation>Die Abtastrate von „{source}“ wurde gemessen: {rate:g} Hz.</translation>
  </message>
  <message>
   <source>The saved artifact removal cannot be read: {what}.</source>
   <translation>Die gespeicherte Artefaktentfernung ist nicht lesbar: {what}.</translation>
  </message>
  <message>
   <source>The saved artifact removal is of other channels.</source>
   <translation>Die gespeicherte Artefaktentfernung gilt für andere Kanäle.</translation>
  </message>
  <message>
   <source>The saved settings of the EEG cannot be read.</source>
   <translation>Die gespeicherten EEG-Einstellungen sind nicht lesbar.</translation>
  </message>
  <message>
   <source>The session</source>
   <translation>Die Sitzung</translation>
  </message>
  <message>
   <source>The session has ended; its labels can be corrected</source>
   <translation>Die Sitzung ist beendet; ihre Labels können berichtigt werden</translation>
  </message>
  <message>
   <source>The session was not closed in order ({what}).</source>
   <translation>Die Sitzung wurde nicht ordentlich geschlossen ({what}).</translation>
  </message>
  <message>
   <source>The signal '{name}': {why}</source>
   <translation>Das Signal „{name}“: {why}</translation>
  </message>
  <message>
   <source>The signals</source>
   <translation>Die Signale</translation>
  </message>
  <message>
   <source>The stream is recorded.</source>
   <translation>Der Strom wird aufgenommen.</translation>
  </message>
  <message>
   <source>The stream is recorded; the model runs without EEG.</source>
   <translation>Der Strom wird aufgenommen; das Modell läuft ohne EEG.</translation>
  </message>
  <message>
   <source>The unit of the EEG, where the stream states none or a wrong one</source>
   <translation>Die Einheit des EEG, wo der Strom keine oder eine falsche nennt</translation>
  </message>
  <message>
   <source>The video is saved: {n} pictures.</source>
   <translation>Das Video ist gesichert: {n} Bilder.</translation>
  </message>
  <message>
   <source>The video {name} cannot be read: {why}.</source>
   <translation>Die Videodatei {name} ist nicht zu lesen: {why}.</translation>
  </message>
  <message>
   <source>The video {name} is cut off: of {n} s there are {hz} s.</source>
   <translation>Die Videodatei {name} ist abgeschnitten: Von {n} s sind {hz} s da.</translation>
  </message>
  <message>
   <source>The video {name} is missing.</source>
   <translation>Die Videodatei {name} fehlt.</translation>
  </message>
  <message>
   <source>The {consumer} failed ({what}).</source>
   <translation>Ausgefallen: {consumer} ({what}).</translation>
  </message>
  <message>
   <source>The {count} EEG channels of '{name}' are not those of the layout '{layout}'.</source>
   <translation>Die {count} EEG-Kanäle von „{name}“ sind nicht die der Anordnung „{layout}“.</translation>
  </message>
  <message>
   <source>The {kind} '{name}' failed ({what}).</source>
   <translation>{kind} „{name}“: ausgefallen ({what}).</translation>
  </message>
  <message>
   <source>The {name} did not answer in {hz} s.</source>
   <translation>Keine Antwort in {hz} s: {name}.</translation>
  </message>
  <message>
   <source>The {name} thread does not stop.</source>
   <translation>Der Thread {name} endet nicht.</translation>
  </message>
  <message>
   <source>The {name} was closed.</source>
   <translation>Geschlossen: {name}.</translation>
  </message>
  <message>
   <source>Their own picture, to sit down by</source>
   <translation>Das eigene Bild, um sich zurechtzusetzen</translation>
  </message>
  <message>
   <source>There are: {names}.</source>
   <translation>Es gibt: {names}.</translation>
  </message>
  <message>
   <source>There is no EEG to fit components on.</source>
   <translation>Es gibt kein EEG, an dem Komponenten zu bestimmen wären.</translation>
  </message>
  <message>
   <source>There is no camera {name}.</source>
   <translation>Es gibt keine Kamera {name}.</translation>
  </message>
  <message>
   <source>There is no component {n}; they are numbered from 0 to {last}.</source>
   <translation>Es gibt keine Komponente {n}; sie sind von 0 bis {last} nummeriert.</translation>
  </message>
  <message>
   <source>There is no file {name}.</source>
   <translation>Es gibt keine Datei {name}.</translation>
  </message>
  <message>
   <source>There is no layout '{name}'.</source>
   <translation>Es gibt keine Anordnung „{name}“.</translation>
  </message>
  <message>
   <source>There is no port {name}.</source>
   <translation>Es gibt keinen Port {name}.</translation>
  </message>
  <message>
   <source>There is no such model file.</source>
   <translation>Diese Modelldatei gibt es nicht.</translation>
  </message>
  <message>
   <source>There is no video file {name}.</source>
   <translation>Es gibt keine Videodatei {name}.</translation>
  </message>
  <message>
   <source>There is: none at all.</source>
   <translation>Vorhanden: keine.</translation>
  </message>
  <message>
   <source>There is: {names}.</source>
   <translation>Vorhanden: {names}.</translation>
  </message>
  <message>
   <source>This EEG can be recorded, but not shown: the status bar says why.</source>
   <translation>Dieses EEG kann aufgenommen, aber nicht gezeigt werden: Die Statusleiste sagt, warum.</translation>
  </message>
  <message>
   <source>This computer's BrainFlow has no driver for the board {name}.</source>
   <translation>BrainFlow hat auf diesem Rechner keinen Treiber für das Board {name}.</translation>
  </message>
  <message>
   <source>This run predicts nothing.</source>
   <translation>Dieser Lauf sagt nichts vorher.</translation>
  </message>
  <message>
   <source>Time</source>
   <translation>Zeit</translation>
  </message>
  <message>
   <source>Timeline</source>
   <translation>Verlauf</translation>
  </message>
  <message>
   <source>Timeline live again</source>
   <translation>Verlauf wieder live</translation>
  </message>
  <message>
   <source>To</source>
   <translation>Bis</translation>
  </message>
  <message>
   <source>Too few of the model's channels are there: it runs without EEG.</source>
   <translation>Zu wenige Kanäle des Modells sind da: Es läuft ohne EEG.</translation>
  </message>
  <message>
   <source>Tour</source>
   <translation>Rundgang</translation>
  </message>
  <message>
   <source>Trial {n} begins</source>
   <translation>Durchgang {n} beginnt</translation>
  </message>
  <message>
   <source>Trial {n} ends</source>
   <translation>Durchgang {n} endet</translation>
  </message>
  <message>
   <source>Trial {n}: {length}</source>
   <translation>Durchgang {n}: {length}</translation>
  </message>
  <message>
   <source>Trial {n}: {length}, ended</source>
   <translation>Durchgang {n}: {length}, zu Ende</translation>
  </message>
  <message>
   <source>Try the demo</source>
   <translation>Demo ausprobieren</translation>
  </message>
  <message>
   <source>Turn on more light, or let the camera expose longer.</source>
   <translation>Mehr Licht machen oder die Kamera länger belichten lassen.</translation>
  </message>
  <message>
   <source>Turn the camera until all of it is seen.</source>
   <translation>Die Kamera drehen, bis es ganz zu sehen ist.</translation>
  </message>
  <message>
   <source>Two channels are called {name}: which of them is meant is not clear.</source>
   <translation>Zwei Kanäle heißen {name}: Welcher gemeint ist, ist unklar.</translation>
  </message>
  <message>
   <source>Unit</source>
   <translation>Einheit</translation>
  </message>
  <message>
   <source>Unit of the EEG</source>
   <translation>Einheit des EEG</translation>
  </message>
  <message>
   <source>Unplug it and plug it in again, or restart its program.</source>
   <translation>Ziehen Sie sie ab und stecken Sie sie wieder ein, oder starten Sie ihr Programm neu.</translation>
  </message>
  <message>
   <source>Use it as the camera: --camera {spec}</source>
   <translation>Verwenden Sie ihn als Kamera: --camera {spec}</translation>
  </message>
  <message>
   <source>Use it on a system that BrainFlow's page of supported boards names.</source>
   <translation>Benutzen Sie es auf einem System, das BrainFlows Seite der unterstützten Boards nennt.</translation>
  </message>
  <message>
   <source>V {v} · A {a}</source>
   <translation>V {v} · A {a}</translation>
  </message>
  <message>
   <source>Valence</source>
   <translation>Valenz</translation>
  </message>
  <message>
   <source>Valence →</source>
   <translation>Valenz →</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>Wert</translation>
  </message>
  <message>
   <source>Video</source>
   <translation>Video</translation>
  </message>
  <message>
   <source>View</source>
   <translation>Ansicht</translation>
  </message>
  <message>
   <source>Wait until it answers.</source>
   <translation>Warten Sie, bis es antwortet.</translation>
  </message>
  <message>
   <source>Wait, or cancel that.</source>
   <translation>Warten Sie, oder brechen Sie das ab.</translation>
  </message>
  <message>
   <source>Waiting for EEG …</source>
   <translation>Warte auf EEG …</translation>
  </message>
  <message>
   <source>Waiting for the first window</source>
   <translation>Warte auf das erste Fenster</translation>
  </message>
  <message>
   <source>Waiting for the participant's face</source>
   <translation>Wartet auf das Gesicht der Versuchsperson</translation>
  </message>
  <message>
   <source>Waiting for: {streams}</source>
   <translation>Warte auf: {streams}</translation>
  </message>
  <message>
   <source>Welcome</source>
   <translation>Willkommen</translation>
  </message>
  <message>
   <source>What</source>
   <translation>Was</translation>
  </message>
  <message>
   <source>What a label holds for, where no trial is marked</source>
   <translation>Wofür ein Label gilt, wenn kein Durchgang markiert ist</translation>
  </message>
  <message>
   <source>What came of it</source>
   <translation>Ergebnis</translation>
  </message>
  <message>
   <source>What came was not recorded {count:,} times: the recorder failed.</source>
   <translation>Was ankam, wurde {count:,}-mal nicht aufgenommen: Die Aufnahme ist daran gescheitert.</translation>
  </message>
  <message>
   <source>What comes is not from a board {name}.</source>
   <translation>Was kommt, ist nicht von einem Board {name}.</translation>
  </message>
  <message>
   <source>What happened</source>
   <translation>Was geschah</translation>
  </message>
  <message>
   <source>What it is</source>
   <translation>Was es ist</translation>
  </message>
  <message>
   <source>What looks like an artifact is ticked. Removed is what you leave ticked.</source>
   <translation>Was nach Artefakt aussieht, ist angekreuzt. Entfernt wird, was angekreuzt bleibt.</translation>
  </message>
  <message>
   <source>What was recorded is saved: {length}.</source>
   <translation>Was aufgenommen wurde, ist gesichert: {length}.</translation>
  </message>
  <message>
   <source>What was recorded until {time} is saved: {length}.</source>
   <translation>Was bis {time} aufgenommen wurde, ist gesichert: {length}.</translation>
  </message>
  <message>
   <source>What was running goes on. If this happens again, please send us the text below.</source>
   <translation>Was lief, läuft weiter. Geschieht es wieder, senden Sie uns bitte den Text unten.</translation>
  </message>
  <message>
   <source>Wheel for µV, Ctrl + wheel for seconds. Click a channel to select it, H hides it, B marks it bad. P stands still and looks back, while everything goes on.</source>
   <translation>Mausrad für µV, Strg + Rad für Sekunden. Ein Klick wählt einen Kanal, H blendet ihn aus, B markiert ihn als schlecht. P hält an und blickt zurück, während alles weiterläuft.</translation>
  </message>
  <message>
   <source>When</source>
   <translation>Wann</translation>
  </message>
  <message>
   <source>Where the electrodes of a cap are that numbers them</source>
   <translation>Wo die Elektroden einer Haube sitzen, die sie nummeriert</translation>
  </message>
  <message>
   <source>While that lasts the model runs without EEG.</source>
   <translation>Solange läuft das Modell ohne EEG.</translation>
  </message>
  <message>
   <source>Whole</source>
   <translation>Vollständig</translation>
  </message>
  <message>
   <source>Whose face?</source>
   <translation>Wessen Gesicht?</translation>
  </message>
  <message>
   <source>Wider</source>
   <translation>Weiter</translation>
  </message>
  <message>
   <source>Width and height go together; 0 leaves both to the camera.</source>
   <translation>Breite und Höhe gehören zusammen; 0 überlässt beide der Kamera.</translation>
  </message>
  <message>
   <source>Window</source>
   <translation>Fenster</translation>
  </message>
  <message>
   <source>Window → screen</source>
   <translation>Fenster → Schirm</translation>
  </message>
  <message>
   <source>Windows without an answer: {n}</source>
   <translation>Fenster ohne Antwort: {n}</translation>
  </message>
  <message>
   <source>Without an even rate, csv and npz can hold them.</source>
   <translation>Ohne gleichmäßige Rate fassen sie nur CSV und NPZ.</translation>
  </message>
  <message>
   <source>Words for the participant</source>
   <translation>Worte für die Versuchsperson</translation>
  </message>
  <message>
   <source>Words …</source>
   <translation>Worte …</translation>
  </message>
  <message>
   <source>Write Fp1,Fp2,Cz; - stands for a channel that keeps its own.</source>
   <translation>Schreiben Sie Fp1,Fp2,Cz; - steht für einen Kanal, der seinen Namen behält.</translation>
  </message>
  <message>
   <source>Write a note: then Enter</source>
   <translation>Notiz schreiben: dann Eingabetaste</translation>
  </message>
  <message>
   <source>Write brainflow:{spec}</source>
   <translation>Schreiben Sie brainflow:{spec}</translation>
  </message>
  <message>
   <source>Write lsl:name=NAME&amp;source_id=ID, or type=TYPE, or host=NAME; in them %26 is an ampersand and %25 a per cent sign.</source>
   <translation>Schreiben Sie lsl:name=NAME&amp;source_id=ID, oder type=TYPE, oder host=NAME; darin steht %26 für das Und-Zeichen und %25 für das Prozentzeichen.</translation>
  </message>
  <message>
   <source>Write one of: {examples}.</source>
   <translation>Schreiben Sie eines von: {examples}.</translation>
  </message>
  <message>
   <source>Write scheme://host:port/path.</source>
   <translation>Schreiben Sie schema://rechner:port/pfad.</translation>
  </message>
  <message>
   <source>Write uV, mV, V or nV.</source>
   <translation>Schreiben Sie uV, mV, V oder nV.</translation>
  </message>
  <message>
   <source>Writing … {mb} MB so far</source>
   <translation>Wird geschrieben … bisher {mb} MB</translation>
  </message>
  <message>
   <source>Written</source>
   <translation>Geschrieben</translation>
  </message>
  <message>
   <source>X1 to X3 are its auxiliary inputs.</source>
   <translation>X1 bis X3 sind seine Zusatzeingänge.</translation>
  </message>
  <message>
   <source>You may not use the port {name}.</source>
   <translation>Der Port {name} darf nicht benutzt werden.</translation>
  </message>
  <message>
   <source>Your turn</source>
   <translation>Jetzt Sie</translation>
  </message>
  <message>
   <source>`milmer-live devices` lists all of them.</source>
   <translation>`milmer-live devices` listet alle auf.</translation>
  </message>
  <message>
   <source>after {time}</source>
   <translation>nach {time}</translation>
  </message>
  <message>
   <source>against</source>
   <translation>dagegen</translation>
  </message>
  <message>
   <source>alpha</source>
   <translation>Alpha</translation>
  </message>
  <message>
   <source>and {n} more …</source>
   <translation>und {n} weitere …</translation>
  </message>
  <message>
   <source>arousal</source>
   <translation>Arousal</translation>
  </message>
  <message>
   <source>artifact fit</source>
   <translation>Komponentenbestimmung</translation>
  </message>
  <message>
   <source>as in training</source>
   <translation>wie im Training</translation>
  </message>
  <message>
   <source>as recorded</source>
   <translation>wie aufgezeichnet</translation>
  </message>
  <message>
   <source>as stated</source>
   <translation>wie angegeben</translation>
  </message>
  <message>
   <source>as the system</source>
   <translation>wie das System</translation>
  </message>
  <message>
   <source>at the start</source>
   <translation>von Anfang an</translation>
  </message>
  <message>
   <source>average</source>
   <translation>Mittelwert</translation>
  </message>
  <message>
   <source>bad: {channels}</source>
   <translation>schlecht: {channels}</translation>
  </message>
  <message>
   <source>balance of the recording</source>
   <translation>Bilanz der Aufnahme</translation>
  </message>
  <message>
   <source>battery</source>
   <translation>Akku</translation>
  </message>
  <message>
   <source>battery {percent} %</source>
   <translation>Akku {percent} %</translation>
  </message>
  <message>
   <source>beta</source>
   <translation>Beta</translation>
  </message>
  <message>
   <source>blink</source>
   <translation>Lidschlag</translation>
  </message>
  <message>
   <source>brainflow.log, beside the program's log, says more.</source>
   <translation>Näheres in brainflow.log neben dem Protokoll des Programms.</translation>
  </message>
  <message>
   <source>brainflow.log, beside the program's log, says what is wrong with them.</source>
   <translation>brainflow.log, neben dem Protokoll des Programms, sagt, was daran falsch ist.</translation>
  </message>
  <message>
   <source>camera '{name}'</source>
   <translation>Kamera „{name}“</translation>
  </message>
  <message>
   <source>channels of the device whose mean is the reference</source>
   <translation>Kanäle des Geräts, deren Mittel die Referenz ist</translation>
  </message>
  <message>
   <source>check of the pictures</source>
   <translation>Bildprüfung</translation>
  </message>
  <message>
   <source>check of {name}</source>
   <translation>Prüfung von {name}</translation>
  </message>
  <message>
   <source>choose a board …</source>
   <translation>Board wählen …</translation>
  </message>
  <message>
   <source>closed</source>
   <translation>geschlossen</translation>
  </message>
  <message>
   <source>closing the recording</source>
   <translation>Aufnahme wird geschlossen</translation>
  </message>
  <message>
   <source>components removed: {numbers}</source>
   <translation>Komponenten entfernt: {numbers}</translation>
  </message>
  <message>
   <source>connected</source>
   <translation>verbunden</translation>
  </message>
  <message>
   <source>connecting</source>
   <translation>verbindet</translation>
  </message>
  <message>
   <source>corrected: </source>
   <translation>berichtigt: </translation>
  </message>
  <message>
   <source>counter</source>
   <translation>Zähler</translation>
  </message>
  <message>
   <source>dark</source>
   <translation>dunkel</translation>
  </message>
  <message>
   <source>dark or light</source>
   <translation>dunkel oder hell</translation>
  </message>
  <message>
   <source>default</source>
   <translation>Standard</translation>
  </message>
  <message>
   <source>default {value}</source>
   <translation>Vorgabe {value}</translation>
  </message>
  <message>
   <source>delay {ms} ms</source>
   <translation>Verzug {ms} ms</translation>
  </message>
  <message>
   <source>delta</source>
   <translation>Delta</translation>
  </message>
  <message>
   <source>detection {ms} ms</source>
   <translation>Suche {ms} ms</translation>
  </message>
  <message>
   <source>display of other signals</source>
   <translation>Anzeige weiterer Signale</translation>
  </message>
  <message>
   <source>display of {name}</source>
   <translation>Anzeige von {name}</translation>
  </message>
  <message>
   <source>dominance</source>
   <translation>Dominanz</translation>
  </message>
  <message>
   <source>drifts by {hz} µV/s</source>
   <translation>driftet um {hz} µV/s</translation>
  </message>
  <message>
   <source>end of the run</source>
   <translation>Ende des Laufs</translation>
  </message>
  <message>
   <source>ended</source>
   <translation>zu Ende</translation>
  </message>
  <message>
   <source>eye movement</source>
   <translation>Augenbewegung</translation>
  </message>
  <message>
   <source>face back: {number}</source>
   <translation>Gesicht wieder da: {number}</translation>
  </message>
  <message>
   <source>face chosen as the only one: {number}</source>
   <translation>Gesicht gewählt, weil es das einzige ist: {number}</translation>
  </message>
  <message>
   <source>face chosen by click: {number}</source>
   <translation>Gesicht angeklickt: {number}</translation>
  </message>
  <message>
   <source>face crops</source>
   <translation>Gesichtsausschnitte</translation>
  </message>
  <message>
   <source>face detection</source>
   <translation>Gesichtserkennung</translation>
  </message>
  <message>
   <source>face detector</source>
   <translation>Gesichtsdetektor</translation>
  </message>
  <message>
   <source>face in view: {number}</source>
   <translation>Gesicht im Bild: {number}</translation>
  </message>
  <message>
   <source>face lost: {number}</source>
   <translation>Gesicht verloren: {number}</translation>
  </message>
  <message>
   <source>face no longer chosen: {number}</source>
   <translation>Gesicht nicht mehr gewählt: {number}</translation>
  </message>
  <message>
   <source>face not known: {number}</source>
   <translation>Gesicht nicht erkannt: {number}</translation>
  </message>
  <message>
   <source>faces in view: {number}</source>
   <translation>Gesichter im Bild: {number}</translation>
  </message>
  <message>
   <source>faces in view: {number}, none chosen</source>
   <translation>Gesichter im Bild: {number}, keines gewählt</translation>
  </message>
  <message>
   <source>familiarity</source>
   <translation>Vertrautheit</translation>
  </message>
  <message>
   <source>fault</source>
   <translation>Störung</translation>
  </message>
  <message>
   <source>file</source>
   <translation>Datei</translation>
  </message>
  <message>
   <source>filter like this, not as the model was trained</source>
   <translation>so filtern, nicht wie das Modell trainiert wurde</translation>
  </message>
  <message>
   <source>fixed delay of the camera, s: taken from the time of each picture</source>
   <translation>feste Verzögerung der Kamera, s: von der Zeit jedes Bildes abgezogen</translation>
  </message>
  <message>
   <source>flat ({hz} µV)</source>
   <translation>flach ({hz} µV)</translation>
  </message>
  <message>
   <source>for · EEG {share}</source>
   <translation>dafür · EEG {share}</translation>
  </message>
  <message>
   <source>from the end of a window to its paint</source>
   <translation>vom Ende eines Fensters bis zum Bild</translation>
  </message>
  <message>
   <source>from {low:g} Hz</source>
   <translation>ab {low:g} Hz</translation>
  </message>
  <message>
   <source>gamma</source>
   <translation>Gamma</translation>
  </message>
  <message>
   <source>gaze</source>
   <translation>Blick</translation>
  </message>
  <message>
   <source>gives all pictures the same time</source>
   <translation>gibt allen Bildern dieselbe Zeit</translation>
  </message>
  <message>
   <source>height of a channel's row</source>
   <translation>Höhe einer Kanalzeile</translation>
  </message>
  <message>
   <source>height of the picture; 0: as the camera does</source>
   <translation>Höhe des Bildes; 0: wie die Kamera</translation>
  </message>
  <message>
   <source>high arousal, high valence</source>
   <translation>hohes Arousal, hohe Valenz</translation>
  </message>
  <message>
   <source>high arousal, low valence</source>
   <translation>hohes Arousal, niedrige Valenz</translation>
  </message>
  <message>
   <source>impedance {value}</source>
   <translation>Impedanz {value}</translation>
  </message>
  <message>
   <source>irregular</source>
   <translation>unregelmäßig</translation>
  </message>
  <message>
   <source>it ends after {n} frames, inside the recording</source>
   <translation>sie endet nach {n} Bildern, mitten in der Aufnahme</translation>
  </message>
  <message>
   <source>it holds no frame</source>
   <translation>sie enthält kein Bild</translation>
  </message>
  <message>
   <source>it is empty</source>
   <translation>sie ist leer</translation>
  </message>
  <message>
   <source>its EEG has {level} rms, and that of a scalp 2 to 300 µV: check the electrodes, and the unit</source>
   <translation>sein EEG hat {level} effektiv, das einer Kopfhaut 2 bis 300 µV: Prüfen Sie die Elektroden und die Einheit</translation>
  </message>
  <message>
   <source>its EEG has {level} rms, and that of a scalp 2 to 300 µV: it is likely in {unit} (--unit {same})</source>
   <translation>sein EEG hat {level} effektiv, das einer Kopfhaut 2 bis 300 µV: Wahrscheinlich ist es in {unit} (--unit {same})</translation>
  </message>
  <message>
   <source>its clock was set 1 time, and is right now</source>
   <translation>die Uhr wurde 1-mal gestellt und geht jetzt richtig</translation>
  </message>
  <message>
   <source>its clock was set {n} times, and is right now</source>
   <translation>die Uhr wurde {n}-mal gestellt und geht jetzt richtig</translation>
  </message>
  <message>
   <source>its time stamps are {hz} s ahead of the clock: the time of arrival is used</source>
   <translation>die Zeitstempel gehen der Uhr {hz} s voraus: Es gilt die Ankunftszeit</translation>
  </message>
  <message>
   <source>its time stamps are {hz} s behind the clock: the time of arrival is used</source>
   <translation>die Zeitstempel gehen der Uhr {hz} s nach: Es gilt die Ankunftszeit</translation>
  </message>
  <message>
   <source>language of the window, from the next start on</source>
   <translation>Sprache des Fensters, ab dem nächsten Start</translation>
  </message>
  <message>
   <source>last </source>
   <translation>letzte </translation>
  </message>
  <message>
   <source>last look at the sources</source>
   <translation>letzter Blick auf die Quellen</translation>
  </message>
  <message>
   <source>light</source>
   <translation>hell</translation>
  </message>
  <message>
   <source>liking</source>
   <translation>Gefallen</translation>
  </message>
  <message>
   <source>line noise of {hz} µV at {rate} Hz</source>
   <translation>Netzbrummen von {hz} µV bei {rate} Hz</translation>
  </message>
  <message>
   <source>listener to the predictions</source>
   <translation>Empfänger der Vorhersagen</translation>
  </message>
  <message>
   <source>listener to the {kind}</source>
   <translation>Empfänger: {kind}</translation>
  </message>
  <message>
   <source>listener to the {name}</source>
   <translation>Empfänger von {name}</translation>
  </message>
  <message>
   <source>live</source>
   <translation>live</translation>
  </message>
  <message>
   <source>look at the disk</source>
   <translation>Blick auf den Datenträger</translation>
  </message>
  <message>
   <source>looking back</source>
   <translation>Rückblick</translation>
  </message>
  <message>
   <source>lost</source>
   <translation>verloren</translation>
  </message>
  <message>
   <source>low arousal, high valence</source>
   <translation>niedriges Arousal, hohe Valenz</translation>
  </message>
  <message>
   <source>low arousal, low valence</source>
   <translation>niedriges Arousal, niedrige Valenz</translation>
  </message>
  <message>
   <source>lower edge of the band-pass</source>
   <translation>untere Grenze des Bandpasses</translation>
  </message>
  <message>
   <source>mains frequency, 50 or 60; 0: no notch</source>
   <translation>Netzfrequenz, 50 oder 60; 0: keine Kerbe</translation>
  </message>
  <message>
   <source>marked bad</source>
   <translation>als schlecht markiert</translation>
  </message>
  <message>
   <source>markers '{name}'</source>
   <translation>Marker „{name}“</translation>
  </message>
  <message>
   <source>mean of all channels</source>
   <translation>Mittel aller Kanäle</translation>
  </message>
  <message>
   <source>mean of the channels below</source>
   <translation>Mittel der Kanäle unten</translation>
  </message>
  <message>
   <source>microvolts a division (wheel)</source>
   <translation>Mikrovolt je Teil (Mausrad)</translation>
  </message>
  <message>
   <source>model '{name}'</source>
   <translation>Modell „{name}“</translation>
  </message>
  <message>
   <source>model queue</source>
   <translation>Warteschlange des Modells</translation>
  </message>
  <message>
   <source>model queue of the camera</source>
   <translation>Warteschlange des Modells für die Kamera</translation>
  </message>
  <message>
   <source>model ready: {source}</source>
   <translation>Modell bereit: {source}</translation>
  </message>
  <message>
   <source>motion</source>
   <translation>Bewegung</translation>
  </message>
  <message>
   <source>muscle</source>
   <translation>Muskel</translation>
  </message>
  <message>
   <source>named '{name}'</source>
   <translation>mit dem Namen „{name}“</translation>
  </message>
  <message>
   <source>never</source>
   <translation>nie</translation>
  </message>
  <message>
   <source>no EEG</source>
   <translation>kein EEG</translation>
  </message>
  <message>
   <source>no camera</source>
   <translation>keine Kamera</translation>
  </message>
  <message>
   <source>no components removed</source>
   <translation>keine Komponenten entfernt</translation>
  </message>
  <message>
   <source>no data yet</source>
   <translation>noch keine Daten</translation>
  </message>
  <message>
   <source>no filter</source>
   <translation>kein Filter</translation>
  </message>
  <message>
   <source>no more data</source>
   <translation>keine Daten mehr</translation>
  </message>
  <message>
   <source>no new picture since {time}</source>
   <translation>kein neues Bild seit {time}</translation>
  </message>
  <message>
   <source>no participant</source>
   <translation>keine Versuchsperson</translation>
  </message>
  <message>
   <source>no picture since {time}</source>
   <translation>kein Bild seit {time}</translation>
  </message>
  <message>
   <source>no prediction yet</source>
   <translation>noch keine Vorhersage</translation>
  </message>
  <message>
   <source>no verdict yet</source>
   <translation>noch kein Urteil</translation>
  </message>
  <message>
   <source>noise of {hz} µV above {rate} Hz</source>
   <translation>Rauschen von {hz} µV über {rate} Hz</translation>
  </message>
  <message>
   <source>noise of {hz} µV above {rate} Hz, far more than the other channels</source>
   <translation>Rauschen von {hz} µV über {rate} Hz, viel mehr als in den anderen Kanälen</translation>
  </message>
  <message>
   <source>none</source>
   <translation>keine</translation>
  </message>
  <message>
   <source>not as in training</source>
   <translation>nicht wie im Training</translation>
  </message>
  <message>
   <source>not chosen yet</source>
   <translation>noch nicht gewählt</translation>
  </message>
  <message>
   <source>not enough signal</source>
   <translation>nicht genug Signal</translation>
  </message>
  <message>
   <source>notch {hz:g} Hz</source>
   <translation>Notch {hz:g} Hz</translation>
  </message>
  <message>
   <source>of</source>
   <translation>von</translation>
  </message>
  <message>
   <source>of source_id '{name}'</source>
   <translation>mit der source_id „{name}“</translation>
  </message>
  <message>
   <source>of type '{name}'</source>
   <translation>vom Typ „{name}“</translation>
  </message>
  <message>
   <source>of uid '{name}'</source>
   <translation>mit der uid „{name}“</translation>
  </message>
  <message>
   <source>off</source>
   <translation>aus</translation>
  </message>
  <message>
   <source>on</source>
   <translation>ein</translation>
  </message>
  <message>
   <source>on '{name}'</source>
   <translation>auf „{name}“</translation>
  </message>
  <message>
   <source>order of the Butterworth band-pass</source>
   <translation>Ordnung des Butterworth-Bandpasses</translation>
  </message>
  <message>
   <source>other</source>
   <translation>anderes</translation>
  </message>
  <message>
   <source>other signal</source>
   <translation>anderes Signal</translation>
  </message>
  <message>
   <source>participant screen: {seen}</source>
   <translation>Teilnehmerbildschirm: {seen}</translation>
  </message>
  <message>
   <source>pictures a second; 0: as the camera does</source>
   <translation>Bilder je Sekunde; 0: wie die Kamera</translation>
  </message>
  <message>
   <source>pictures dropped because nobody took them in time</source>
   <translation>Bilder, die niemand rechtzeitig abholte</translation>
  </message>
  <message>
   <source>railed ({n}% of it is cut off)</source>
   <translation>am Anschlag ({n} % abgeschnitten)</translation>
  </message>
  <message>
   <source>railed at {hz} mV</source>
   <translation>am Anschlag bei {hz} mV</translation>
  </message>
  <message>
   <source>re-reference</source>
   <translation>Re-Referenzierung</translation>
  </message>
  <message>
   <source>recorder of the predictions</source>
   <translation>Aufnahme der Vorhersagen</translation>
  </message>
  <message>
   <source>recorder of the {kind}</source>
   <translation>Aufnahme: {kind}</translation>
  </message>
  <message>
   <source>recorder of the {name}</source>
   <translation>Aufnahme von {name}</translation>
  </message>
  <message>
   <source>recording {participant}</source>
   <translation>Aufnahme {participant}</translation>
  </message>
  <message>
   <source>reference</source>
   <translation>Referenz</translation>
  </message>
  <message>
   <source>reference: mean of all channels</source>
   <translation>Referenz: Mittel aller Kanäle</translation>
  </message>
  <message>
   <source>reference: {channels}</source>
   <translation>Referenz: {channels}</translation>
  </message>
  <message>
   <source>repeats its last picture</source>
   <translation>wiederholt das letzte Bild</translation>
  </message>
  <message>
   <source>report on the faces</source>
   <translation>Meldung der Gesichter</translation>
  </message>
  <message>
   <source>report on the recording</source>
   <translation>Bericht über die Aufnahme</translation>
  </message>
  <message>
   <source>report on the {kind}</source>
   <translation>Meldungen: {kind}</translation>
  </message>
  <message>
   <source>report on the {name}</source>
   <translation>Meldungen von {name}</translation>
  </message>
  <message>
   <source>respiration</source>
   <translation>Atmung</translation>
  </message>
  <message>
   <source>runs</source>
   <translation>läuft</translation>
  </message>
  <message>
   <source>samples that are not numbers: {names}</source>
   <translation>Werte, die keine Zahlen sind: {names}</translation>
  </message>
  <message>
   <source>samples that no window has seen; those that came are recorded</source>
   <translation>Abtastwerte, die kein Fenster gesehen hat; was kam, ist aufgezeichnet</translation>
  </message>
  <message>
   <source>seconds shown (Ctrl + wheel)</source>
   <translation>gezeigte Sekunden (Strg + Mausrad)</translation>
  </message>
  <message>
   <source>sends black pictures</source>
   <translation>sendet schwarze Bilder</translation>
  </message>
  <message>
   <source>sends pictures of one colour</source>
   <translation>sendet einfarbige Bilder</translation>
  </message>
  <message>
   <source>sends {hz} Hz instead of {rate} Hz ({off})</source>
   <translation>sendet {hz} Hz statt {rate} Hz ({off})</translation>
  </message>
  <message>
   <source>serial port</source>
   <translation>serieller Port</translation>
  </message>
  <message>
   <source>signal '{name}'</source>
   <translation>Signal „{name}“</translation>
  </message>
  <message>
   <source>signal display</source>
   <translation>Signalanzeige</translation>
  </message>
  <message>
   <source>signal filter</source>
   <translation>Signalfilter</translation>
  </message>
  <message>
   <source>signal on the screen</source>
   <translation>Signal auf dem Bildschirm</translation>
  </message>
  <message>
   <source>signal quality</source>
   <translation>Signalqualität</translation>
  </message>
  <message>
   <source>signal that can be looked back at</source>
   <translation>Signal, auf das zurückgeblickt werden kann</translation>
  </message>
  <message>
   <source>silent</source>
   <translation>stumm</translation>
  </message>
  <message>
   <source>skin conductance</source>
   <translation>Hautleitwert</translation>
  </message>
  <message>
   <source>stalled</source>
   <translation>hängt</translation>
  </message>
  <message>
   <source>status of the inference</source>
   <translation>Zustand der Inferenz</translation>
  </message>
  <message>
   <source>status of the {kind}</source>
   <translation>Zustand: {kind}</translation>
  </message>
  <message>
   <source>status of the {name}</source>
   <translation>Zustand von {name}</translation>
  </message>
  <message>
   <source>stopping …</source>
   <translation>wird beendet …</translation>
  </message>
  <message>
   <source>stream check</source>
   <translation>Stromprüfung</translation>
  </message>
  <message>
   <source>stretches of samples that never came</source>
   <translation>Strecken, deren Werte nie kamen</translation>
  </message>
  <message>
   <source>swap left and right, as a mirror does</source>
   <translation>links und rechts vertauschen, wie ein Spiegel</translation>
  </message>
  <message>
   <source>temperature</source>
   <translation>Temperatur</translation>
  </message>
  <message>
   <source>the board that recorded it</source>
   <translation>das Board, das sie aufgezeichnet hat</translation>
  </message>
  <message>
   <source>the faces alone</source>
   <translation>die Gesichter allein</translation>
  </message>
  <message>
   <source>the newest sample walks over the old picture</source>
   <translation>das neueste Sample läuft über das alte Bild</translation>
  </message>
  <message>
   <source>the one that comes along</source>
   <translation>das mitgelieferte</translation>
  </message>
  <message>
   <source>the same as most others: bridged, or the reference is off</source>
   <translation>gleich den meisten anderen: überbrückt, oder die Referenz ist ab</translation>
  </message>
  <message>
   <source>theta</source>
   <translation>Theta</translation>
  </message>
  <message>
   <source>time</source>
   <translation>Zeit</translation>
  </message>
  <message>
   <source>time of the model for the newest window</source>
   <translation>Zeit des Modells für das neueste Fenster</translation>
  </message>
  <message>
   <source>time shown (wheel)</source>
   <translation>gezeigte Zeit (Mausrad)</translation>
  </message>
  <message>
   <source>too few electrodes with a known place</source>
   <translation>zu wenige Elektroden mit bekanntem Ort</translation>
  </message>
  <message>
   <source>trigger</source>
   <translation>Trigger</translation>
  </message>
  <message>
   <source>upper edge of the band-pass</source>
   <translation>obere Grenze des Bandpasses</translation>
  </message>
  <message>
   <source>use of the {kind}</source>
   <translation>Verwendung: {kind}</translation>
  </message>
  <message>
   <source>use of the {name}</source>
   <translation>Verwendung von {name}</translation>
  </message>
  <message>
   <source>valence</source>
   <translation>Valenz</translation>
  </message>
  <message>
   <source>valence {v}, arousal {a}</source>
   <translation>Valenz {v}, Arousal {a}</translation>
  </message>
  <message>
   <source>waiting for 4 s of EEG</source>
   <translation>warte auf 4 s EEG</translation>
  </message>
  <message>
   <source>width of the picture; 0: as the camera does</source>
   <translation>Breite des Bildes; 0: wie die Kamera</translation>
  </message>
  <message>
   <source>windows judged since the start</source>
   <translation>beurteilte Fenster seit dem Start</translation>
  </message>
  <message>
   <source>windows passed over because a newer one was there</source>
   <translation>übergangene Fenster, weil ein neueres da war</translation>
  </message>
  <message>
   <source>{counted} not kept: the disk was too slow</source>
   <translation>{counted} nicht behalten: der Datenträger war zu langsam</translation>
  </message>
  <message>
   <source>{counted} rejected</source>
   <translation>{counted} abgelehnt</translation>
  </message>
  <message>
   <source>{count} samples of '{name}' could not be recorded: {why}</source>
   <translation>{count} Samples von „{name}“ konnten nicht aufgenommen werden: {why}</translation>
  </message>
  <message>
   <source>{faces}/{all} faces</source>
   <translation>{faces}/{all} Gesichter</translation>
  </message>
  <message>
   <source>{found} of {n} found, {chosen} chosen</source>
   <translation>{found} von {n} gefunden, {chosen} gewählt</translation>
  </message>
  <message>
   <source>{found}, {n} in view</source>
   <translation>{found}, {n} im Bild</translation>
  </message>
  <message>
   <source>{good} good, {fair} fair, {bad} bad</source>
   <translation>{good} gut, {fair} mäßig, {bad} schlecht</translation>
  </message>
  <message>
   <source>{high} or less</source>
   <translation>{high} oder weniger</translation>
  </message>
  <message>
   <source>{hz} mV, which no EEG has</source>
   <translation>{hz} mV, die kein EEG hat</translation>
  </message>
  <message>
   <source>{kind} back: {source}</source>
   <translation>{kind} wieder da: {source}</translation>
  </message>
  <message>
   <source>{kind} connected: {source}</source>
   <translation>{kind} verbunden: {source}</translation>
  </message>
  <message>
   <source>{kind} ended: {why}</source>
   <translation>{kind} zu Ende: {why}</translation>
  </message>
  <message>
   <source>{kind} lost: {source}: {why}</source>
   <translation>{kind} verloren: {source}: {why}</translation>
  </message>
  <message>
   <source>{kind} lost: {why}</source>
   <translation>{kind} verloren: {why}</translation>
  </message>
  <message>
   <source>{kind} not stalled any more: {source}</source>
   <translation>{kind} hängt nicht mehr: {source}</translation>
  </message>
  <message>
   <source>{kind} silent: {source}</source>
   <translation>{kind} stumm: {source}</translation>
  </message>
  <message>
   <source>{kind} stalled: {why}</source>
   <translation>{kind} hängt: {why}</translation>
  </message>
  <message>
   <source>{low:g} to {high:g} Hz</source>
   <translation>{low:g} bis {high:g} Hz</translation>
  </message>
  <message>
   <source>{low} or more</source>
   <translation>{low} oder mehr</translation>
  </message>
  <message>
   <source>{low} to {high}</source>
   <translation>{low} bis {high}</translation>
  </message>
  <message>
   <source>{ms} ms between two frames</source>
   <translation>{ms} ms zwischen zwei Bildern</translation>
  </message>
  <message>
   <source>{name} cannot be read any more: {what}.</source>
   <translation>{name} ist nicht mehr zu lesen: {what}.</translation>
  </message>
  <message>
   <source>{name} does not answer.</source>
   <translation>{name} antwortet nicht.</translation>
  </message>
  <message>
   <source>{name} does not open.</source>
   <translation>{name} lässt sich nicht öffnen.</translation>
  </message>
  <message>
   <source>{name} failed ({what}).</source>
   <translation>{name}: ausgefallen ({what}).</translation>
  </message>
  <message>
   <source>{name} fell behind its own times: this machine was too slow.</source>
   <translation>{name} blieb hinter den eigenen Zeiten zurück: Dieser Rechner war zu langsam.</translation>
  </message>
  <message>
   <source>{name} gives no more pictures.</source>
   <translation>{name} liefert keine Bilder mehr.</translation>
  </message>
  <message>
   <source>{name} gives no pictures.</source>
   <translation>{name} liefert keine Bilder.</translation>
  </message>
  <message>
   <source>{name} gives no pictures: it refuses you.</source>
   <translation>{name} liefert keine Bilder: Der Zugang wird verweigert.</translation>
  </message>
  <message>
   <source>{name} has no picture that is whole.</source>
   <translation>{name} hat kein einziges heiles Bild.</translation>
  </message>
  <message>
   <source>{name} has stopped.</source>
   <translation>{name} steht still.</translation>
  </message>
  <message>
   <source>{name} holds no pictures.</source>
   <translation>{name} enthält keine Bilder.</translation>
  </message>
  <message>
   <source>{name} holds pictures in a format that is not known here.</source>
   <translation>{name} enthält Bilder in einem Format, das hier nicht bekannt ist.</translation>
  </message>
  <message>
   <source>{name} holds sound, but no pictures.</source>
   <translation>{name} enthält Ton, aber keine Bilder.</translation>
  </message>
  <message>
   <source>{name} instead of the EEG</source>
   <translation>{name} statt des EEG</translation>
  </message>
  <message>
   <source>{name} is a file, not a camera.</source>
   <translation>{name} ist eine Datei, keine Kamera.</translation>
  </message>
  <message>
   <source>{name} is a folder.</source>
   <translation>{name} ist ein Ordner.</translation>
  </message>
  <message>
   <source>{name} is a still picture.</source>
   <translation>{name} ist ein einzelnes Bild.</translation>
  </message>
  <message>
   <source>{name} sends no pictures.</source>
   <translation>{name} sendet keine Bilder.</translation>
  </message>
  <message>
   <source>{name}: its delay of {n} ms is taken from the time of each picture.</source>
   <translation>{name}: Die Verzögerung von {n} ms wird von der Zeit jedes Bildes abgezogen.</translation>
  </message>
  <message>
   <source>{name}={value}: {same} is a whole number.</source>
   <translation>{name}={value}: {same} ist eine ganze Zahl.</translation>
  </message>
  <message>
   <source>{n} LSL streams are {query}: {names}.</source>
   <translation>{n} LSL-Ströme passen {query}: {names}.</translation>
  </message>
  <message>
   <source>{n} channels</source>
   <translation>{n} Kanäle</translation>
  </message>
  <message>
   <source>{n} channels, unfiltered · last {seconds} s</source>
   <translation>{n} Kanäle, ungefiltert · letzte {seconds} s</translation>
  </message>
  <message>
   <source>{n} channels, {hz} Hz</source>
   <translation>{n} Kanäle, {hz} Hz</translation>
  </message>
  <message>
   <source>{n} electrodes know {share} of the model's EEG, and {least} is the least.</source>
   <translation>{n} Elektroden erfassen {share} des EEG des Modells, und {least} ist das Mindeste.</translation>
  </message>
  <message>
   <source>{n} electrodes know {share} of the model's EEG, and {least} is the least: the model runs without EEG.</source>
   <translation>{n} Elektroden erfassen {share} des EEG des Modells, und {least} ist das Mindeste: Das Modell läuft ohne EEG.</translation>
  </message>
  <message>
   <source>{n} entered</source>
   <translation>{n} eingegeben</translation>
  </message>
  <message>
   <source>{n} events were before or after the samples and are left out; csv and npz have all.</source>
   <translation>{n} Ereignisse lagen vor oder nach den Werten und fehlen; CSV und NPZ haben alle.</translation>
  </message>
  <message>
   <source>{n} frames</source>
   <translation>{n} Bilder</translation>
  </message>
  <message>
   <source>{n} frames dropped: they were not taken in time</source>
   <translation>{n} Bilder verloren: nicht rechtzeitig abgeholt</translation>
  </message>
  <message>
   <source>{n} frames received</source>
   <translation>{n} Bilder empfangen</translation>
  </message>
  <message>
   <source>{n} frames with several faces</source>
   <translation>{n} Bilder mit mehreren Gesichtern</translation>
  </message>
  <message>
   <source>{n} frames with the face detected</source>
   <translation>{n} Bilder mit erkanntem Gesicht</translation>
  </message>
  <message>
   <source>{n} frames without the face</source>
   <translation>{n} Bilder ohne das Gesicht</translation>
  </message>
  <message>
   <source>{n} gaps, {lost} samples known lost</source>
   <translation>{n} Lücken, {lost} Samples sicher verloren</translation>
  </message>
  <message>
   <source>{n} gaps, {s} s in all</source>
   <translation>{n} Lücken, zusammen {s} s</translation>
  </message>
  <message>
   <source>{n} h</source>
   <translation>{n} h</translation>
  </message>
  <message>
   <source>{n} lines</source>
   <translation>{n} Zeilen</translation>
  </message>
  <message>
   <source>{n} lost on the way, by the sender's own count</source>
   <translation>{n} unterwegs verloren, nach der Zählung des Senders</translation>
  </message>
  <message>
   <source>{n} markers</source>
   <translation>{n} Marker</translation>
  </message>
  <message>
   <source>{n} min</source>
   <translation>{n} min</translation>
  </message>
  <message>
   <source>{n} more channels, not shown</source>
   <translation>{n} weitere Kanäle, nicht gezeigt</translation>
  </message>
  <message>
   <source>{n} more signals</source>
   <translation>{n} weitere Signale</translation>
  </message>
  <message>
   <source>{n} not a number</source>
   <translation>{n} keine Zahl</translation>
  </message>
  <message>
   <source>{n} of the model's {all} channels are missing: {names}.</source>
   <translation>{n} der {all} Kanäle des Modells fehlen: {names}.</translation>
  </message>
  <message>
   <source>{n} of the model's {all} channels found, {made} made from {electrodes} electrodes: {share} of the model's EEG is known.</source>
   <translation>{n} der {all} Kanäle des Modells gefunden, {made} aus {electrodes} Elektroden berechnet: {share} des EEG des Modells sind erfasst.</translation>
  </message>
  <message>
   <source>{n} of the model's {all} channels found.</source>
   <translation>{n} der {all} Kanäle des Modells gefunden.</translation>
  </message>
  <message>
   <source>{n} of {all} channels are made from their neighbours: {names}</source>
   <translation>{n} von {all} Kanälen sind aus ihren Nachbarn berechnet: {names}</translation>
  </message>
  <message>
   <source>{n} overwritten before they were read</source>
   <translation>{n} überschrieben, bevor sie gelesen wurden</translation>
  </message>
  <message>
   <source>{n} predictions</source>
   <translation>{n} Vorhersagen</translation>
  </message>
  <message>
   <source>{n} received</source>
   <translation>{n} empfangen</translation>
  </message>
  <message>
   <source>{n} recordings were not closed in order</source>
   <translation>{n} Aufnahmen wurden nicht ordentlich beendet</translation>
  </message>
  <message>
   <source>{n} samples</source>
   <translation>{n} Messwerte</translation>
  </message>
  <message>
   <source>{n} samples are not numbers</source>
   <translation>{n} Abtastwerte sind keine Zahlen</translation>
  </message>
  <message>
   <source>{n} texts longer than {most} characters: cut, and whole in CSV and NPZ.</source>
   <translation>{n} Texte länger als {most} Zeichen: gekürzt, in CSV und NPZ ganz.</translation>
  </message>
  <message>
   <source>{n} texts with commas: they are semicolons.</source>
   <translation>{n} Texte mit Kommas: sie sind Semikolons.</translation>
  </message>
  <message>
   <source>{n} texts with line breaks, tabs or control characters: they are written as \n, \t, ….</source>
   <translation>{n} Texte mit Zeilenumbrüchen, Tabulatoren oder Steuerzeichen: sie sind als \n, \t, … geschrieben.</translation>
  </message>
  <message>
   <source>{n} texts without a word: "(empty)".</source>
   <translation>{n} Texte ohne ein Wort: "(empty)".</translation>
  </message>
  <message>
   <source>{n} time stamps jumped</source>
   <translation>{n} Zeitstempel sind gesprungen</translation>
  </message>
  <message>
   <source>{n} time stamps ran backwards</source>
   <translation>{n} Zeitstempel liefen rückwärts</translation>
  </message>
  <message>
   <source>{n} times the face was lost</source>
   <translation>{n}-mal ging das Gesicht verloren</translation>
  </message>
  <message>
   <source>{n} too late for their window</source>
   <translation>{n} zu spät für ihr Fenster</translation>
  </message>
  <message>
   <source>{path}: '{name}' has no unit that is known ({stated}), and is not used without.</source>
   <translation>{path}: '{name}' hat keine bekannte Einheit ({stated}) und wird ohne sie nicht verwendet.</translation>
  </message>
  <message>
   <source>{path}: '{name}' states {stated}; it is read in {unit}, as was said.</source>
   <translation>{path}: '{name}' nennt {stated}; gelesen wird es in {unit}, wie gesagt wurde.</translation>
  </message>
  <message>
   <source>{setting}: a number is wanted, {range}.</source>
   <translation>{setting}: gebraucht wird eine Zahl, {range}.</translation>
  </message>
  <message>
   <source>{setting}: a number is wanted.</source>
   <translation>{setting}: Hier gehört eine Zahl hin.</translation>
  </message>
  <message>
   <source>{shown} of {n} channels</source>
   <translation>{shown} von {n} Kanälen</translation>
  </message>
  <message>
   <source>{s} s ago</source>
   <translation>vor {s} s</translation>
  </message>
  <message>
   <source>{usable}/{all} EEG channels</source>
   <translation>{usable}/{all} EEG-Kanäle</translation>
  </message>
  <message>
   <source>{what}: at most {n} characters.</source>
   <translation>{what}: höchstens {n} Zeichen.</translation>
  </message>
  <message>
   <source>{what}; the log says more.</source>
   <translation>{what}; Näheres im Protokoll.</translation>
  </message>
  <message>
   <source>{why} Choose its layout below or name its channels, else the model runs without EEG. It is recorded in either case.</source>
   <translation>{why} Wählen Sie unten seine Anordnung, oder benennen Sie seine Kanäle, sonst läuft das Modell ohne EEG. Aufgezeichnet wird es in jedem Fall.</translation>
  </message>
  <message>
   <source>■  Stop</source>
   <translation>■  Stopp</translation>
  </message>
  <message>
   <source>▲  Record</source>
   <translation>▲  Aufnahme</translation>
  </message>
  <message>
   <source>●  Record</source>
   <translation>●  Aufnahme</translation>
  </message>
 </context>
</TS>
