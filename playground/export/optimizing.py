"""The code of the loss, the optimizer, the schedule and of settings that change."""

from __future__ import annotations

from playground.export.plan import Plan

WIDTH = 88  # of a line of code

_ONE_CYCLE = '''
def one_cycle(step):
    """Factor of the learning rate: up to 1 in 30 % of the steps, then down to 0."""
    total = EPOCHS * math.ceil(len(train_labels) / BATCH_SIZE)
    top = 0.3 * total - 1
    if step <= top:
        start, end, progress = 1 / 25, 1.0, step / top
    else:
        start, end, progress = 1.0, 1 / 25 / 10_000, (step - top) / (total - 1 - top)
    return end + (start - end) / 2 * (1 + math.cos(math.pi * min(progress, 1.0)))
'''.strip()

_BINARY_LOSS = '''
def criterion(logits, labels):
    """Binary cross-entropy of one logit an image, (n, 1); the sigmoid is inside."""
    return F.binary_cross_entropy_with_logits(logits.squeeze(1), labels.float())
'''.strip()

_TWICE = '''
def criterion(logits, labels):
    """Cross-entropy fed with probabilities: a mistake, made on purpose."""
    return F.cross_entropy(logits.softmax(dim=1), labels)  # the softmax is inside already
'''.strip()


def optimizer_code(plan: Plan) -> str:
    """Return the loss, the optimizer and, if there is one, the schedule."""
    config = plan.config
    name = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}[config.optimizer]
    arguments = ["model.parameters()", "lr=LEARNING_RATE"]
    if plan.has_momentum:
        arguments.append("momentum=MOMENTUM")
    if config.nesterov:
        arguments.append("nesterov=True")
    if plan.has_betas:
        arguments.append("betas=BETAS")
    if config.weight_decay or config.optimizer == "adamw":
        arguments.append("weight_decay=WEIGHT_DECAY")
    arguments.append("fused=True")
    make = _call(f"optimizer = torch.optim.{name}", arguments)
    if config.schedule == "one-cycle" and plan.changes:
        make += '\nsettings = {"lr": LEARNING_RATE}  # as they were last set by hand'
    if plan.binary or config.double_softmax:
        code = f"{_loss_function(plan)}\n\n\n{make}"
    else:
        code = f"criterion = nn.CrossEntropyLoss()\n{make}"
    return f"{code}\n\n\n{_ONE_CYCLE}" if config.schedule == "one-cycle" else code


def _loss_function(plan: Plan) -> str:
    """The loss where it is more than one name: of two classes, or with the trap."""
    if not plan.binary:
        return _TWICE
    if not plan.config.double_softmax:
        return _BINARY_LOSS
    sigmoid = (
        "    logits = logits.sigmoid()  # on purpose: the loss applies it once more\n    return"
    )
    return _BINARY_LOSS.replace("    return", sigmoid)


def _call(function: str, arguments: list[str]) -> str:
    """A call in as few lines as a formatter makes of it."""
    inside = ", ".join(arguments)
    if len(function) + len(inside) + 2 <= WIDTH:
        return f"{function}({inside})"
    if len(inside) + 4 <= WIDTH:
        return f"{function}(\n    {inside}\n)"
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def settings_update(plan: Plan) -> list[str]:
    """Return the lines before a step that give the optimizer its settings, often none."""
    if plan.config.schedule == "one-cycle":
        if not plan.changes:
            rate = "LEARNING_RATE * one_cycle(len(losses))"
            return [f'optimizer.param_groups[0]["lr"] = {rate}']
        return [
            "settings.update(CHANGES.get(len(losses), {}))",
            'rate = settings["lr"] * one_cycle(len(losses))',
            "optimizer.param_groups[0].update(settings, lr=rate)",
        ]
    if plan.changes:
        return ["optimizer.param_groups[0].update(CHANGES.get(len(losses), {}))"]
    return []


def loss_text(plan: Plan) -> str:
    """Return a sentence on the loss."""
    if plan.binary:
        return "Binary cross-entropy is small when the logit has the right sign and is large."
    return "Cross-entropy is small when the true class has by far the largest logit."


def optimizer_text(plan: Plan) -> str:
    """Return a sentence on the optimizer and the schedule."""
    config = plan.config
    if config.optimizer != "sgd":
        text = "Adam divides each weight's step by the usual size of its gradient"
        if config.weight_decay:
            adamw = config.optimizer == "adamw"
            text += (
                ", and AdamW shrinks the weights beside that"
                if adamw
                else ", to which weight decay adds a part of the weight"
            )
    else:
        text = "SGD moves each weight against its gradient"
        if plan.has_momentum:
            text += " and keeps a part of its last move"
            text += ", looking ahead as Nesterov proposed" if config.nesterov else ""
        if config.weight_decay:
            text += "; weight decay pulls every weight towards 0"
    if config.schedule == "one-cycle":
        text += ", at a rate that rises first and then falls to almost 0"
    return text + "."
