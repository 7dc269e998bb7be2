//! What a run waits for: the end of a try, the time of the next one, an interrupt.

use std::future::poll_fn;
use std::task::{Context, Poll};

use futures_util::StreamExt;

use crate::effect::{Call, Effect};
use crate::event::Event;
use crate::execute::door::Door;
use crate::execute::driver::{Driver, Landed};
use crate::execute::{Drive, ExecuteError};
use crate::host::Host;
use crate::step::BoxFuture;
use crate::time::{Duration, Timestamp};

/// What only looked is recorded after this long at the latest, so that people see a long wait.
const SHOWN_AFTER: Duration = Duration(100);

/// What woke a run.
enum Woke {
    Landed(Vec<Landed>),
    Time,
    Stop,
}

/// The waits of a run beside its tries.
pub(crate) struct Timers<'d> {
    door: &'d Door<'d>,
    run: &'d str,
    stop: BoxFuture<'d, ()>,
    /// When the next try is due.
    pub(crate) next_try: Option<Timestamp>,
    alarm: Option<(Timestamp, BoxFuture<'d, ()>)>,
    show: Option<BoxFuture<'d, ()>>,
}

impl<'d> Timers<'d> {
    pub(crate) fn new(door: &'d Door<'d>, drive: &'d Drive<'d>) -> Self {
        let stop = drive.stop.wait();
        Self { door, run: drive.run, stop, next_try: None, alarm: None, show: None }
    }

    /// Sets the alarm to the next try; one that is set to that time already goes on.
    fn set(&mut self) {
        let set = self.alarm.as_ref().map(|(at, _)| *at);
        if set != self.next_try {
            self.alarm = self.next_try.map(|at| (at, self.sleep(at)));
        }
    }

    fn sleep(&self, until: Timestamp) -> BoxFuture<'d, ()> {
        let (door, run) = (self.door, self.run.to_owned());
        Box::pin(async move {
            let effect = Effect::Sleep { until };
            let call =
                Call { run, step: String::new(), attempt: 0, deadline: until, effect, grant: None };
            // Cut short or not: either way it is time to look again.
            let _ = door.perform(&call).await;
        })
    }
}

impl Driver<'_> {
    /// Waits until something happens, and notes it.
    pub(crate) async fn wait(&mut self) -> Result<(), ExecuteError> {
        self.timers.set();
        if !self.journal.is_empty() && self.timers.show.is_none() {
            self.timers.show = Some(self.timers.sleep(self.door.now() + SHOWN_AFTER));
        }
        let moving = !self.flights.is_empty() || self.timers.alarm.is_some();
        // A try may hear of an interrupt, and end by it, before the run does.
        let stops = !self.stopping && self.drive.stop.requested();
        assert!(moving || stops, "run {} is not over and has nothing to wait for", self.run.id());
        match poll_fn(|cx| self.poll(cx)).await {
            Woke::Landed(landed) => self.land(landed).await?,
            Woke::Time => {}
            Woke::Stop => {
                self.stopping = true;
                self.note(Event::Stopped);
                self.journal.urge();
            }
        }
        Ok(())
    }

    /// Notes what came of what was under way. After a failure of the edge what succeeded is still
    /// recorded, then the run stops where it is.
    async fn land(&mut self, landed: Vec<Landed>) -> Result<(), ExecuteError> {
        for one in landed {
            self.settle(one)?;
            if self.unrecorded.is_some() {
                self.flush().await?;
            }
        }
        let Some(error) = self.door.edge() else { return Ok(()) };
        self.flush().await?;
        Err(error.into())
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Woke> {
        if !self.stopping && self.timers.stop.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Woke::Stop);
        }
        let mut landed = Vec::new();
        while let Poll::Ready(Some(one)) = self.flights.poll_next_unpin(cx) {
            landed.push(one);
        }
        if !landed.is_empty() {
            return Poll::Ready(Woke::Landed(landed));
        }
        if let Some((_, alarm)) = &mut self.timers.alarm
            && alarm.as_mut().poll(cx).is_ready()
        {
            self.timers.alarm = None;
            return Poll::Ready(Woke::Time);
        }
        if let Some(show) = &mut self.timers.show
            && show.as_mut().poll(cx).is_ready()
        {
            self.timers.show = None;
            self.journal.urge();
            return Poll::Ready(Woke::Time);
        }
        Poll::Pending
    }
}
